//! Simple commands: assignments, words, redirections and here-documents.

use std::ops::Range;

use super::cursor::{byte, expression_end, name_end, rest};
use super::model::{Output, Word};
use super::reader::{Emitted, Pending, Reader, WITHOUT_END};
use super::words::{Parts, RawWord};
use super::{variables, wrappers};
use crate::known::Known;

/// Programs whose arguments are assignments.
const DECLARING: [&str; 7] = ["export", "declare", "local", "readonly", "typeset", "env", "setenv"];

/// The redirections of a command.
#[derive(Default)]
struct Redirections {
    output: Option<Output>,
    here: Option<Word>,
    input: Option<Word>,
    /// How many here-documents were begun.
    documents: usize,
}

impl Reader<'_, '_, '_> {
    /// Reads a simple command.
    pub(super) fn simple(&mut self) -> Emitted {
        let first = self.state.commands.len();
        let (start, mut last) = (self.at, self.at);
        let mut words: Vec<RawWord> = Vec::new();
        let mut assignments: Vec<(String, Word)> = Vec::new();
        let mut redirections = Redirections::default();
        let mut arguments = std::mem::take(&mut self.captured);
        loop {
            self.skip_blank(false);
            if self.at >= self.end {
                break;
            }
            if self.redirection(&mut redirections) {
                arguments.append(&mut self.captured);
                last = self.at;
                continue;
            }
            if matches!(byte(self.text, self.at), b';' | b'&' | b'|' | b')' | b'\n') {
                break;
            }
            let declares =
                words.first().is_none_or(|program| DECLARING.iter().any(|name| program.word.is(name)));
            if declares && let Some((name, word)) = self.assignment() {
                for index in std::mem::take(&mut self.captured) {
                    if let Some(command) = self.state.commands.get_mut(index) {
                        command.output = Output::Variable(name.clone());
                    }
                }
                assignments.push((name, word));
                last = self.at;
                continue;
            }
            let Some(word) = self.word() else {
                // A bracket where none can stand: a template's, or an array's.
                if byte(self.text, self.at) == b'(' {
                    break;
                }
                self.at += 1;
                continue;
            };
            arguments.append(&mut self.captured);
            self.push_word(&mut words, word);
            last = self.at;
        }
        let index = self.emit(start..last, words, assignments, redirections, &arguments);
        Emitted { range: first..self.state.commands.len(), first: index }
    }

    /// Adds the command, and does what it does to the shell.
    fn emit(
        &mut self,
        bytes: Range<usize>,
        mut words: Vec<RawWord>,
        mut assignments: Vec<(String, Word)>,
        mut redirections: Redirections,
        arguments: &[usize],
    ) -> Option<usize> {
        let begins_document = redirections.documents > 0;
        if words.is_empty()
            && assignments.is_empty()
            && redirections.input.is_none()
            && redirections.output.is_none()
        {
            return None;
        }
        let is_environment = words
            .first()
            .is_some_and(|program| !DECLARING.iter().any(|name| *name != "env" && program.word.is(name)));
        if !is_environment {
            for (name, word) in &assignments {
                self.state.variables.set(name, word.value.clone());
            }
        }
        let called = words.first().and_then(|word| word.word.value.exactly()).map(str::to_owned);
        if let Some((forward, all)) = self.handed_on(&words) {
            words = all;
            assignments.extend(forward.assignments);
            redirections.here = redirections.here.or(forward.here);
            redirections.input = redirections.input.or(forward.input);
            redirections.output =
                redirections.output.or(Some(forward.output).filter(|output| *output != Output::Log));
        }
        let wrapped = wrappers::count(&words);
        let (outer, inner) =
            words.split_at_checked(wrapped).unwrap_or((Default::default(), words.as_slice()));
        let plain = |words: &[RawWord]| words.iter().map(|word| word.word.clone()).collect::<Vec<_>>();
        let mut command = self.state.command(self.passage.places(bytes), plain(inner));
        // Long ones would be copied into all that stands within.
        command.wrappers.extend(plain(outer).into_iter().filter(|word| word.raw.len() <= 256));
        command.assignments = assignments;
        command.here = redirections.here;
        command.input = redirections.input;
        if let Some(output) = redirections.output {
            command.output = output;
        }
        let program = command.program().to_owned();
        let (around, output) = (command.wrappers.clone(), command.output.clone());
        let index = self.state.add(command)?;
        for captured in arguments {
            if let Some(command) = self.state.commands.get_mut(*captured) {
                command.output = Output::Argument(index);
            }
        }
        if begins_document {
            let newest = self.pending.len().saturating_sub(redirections.documents);
            for pending in self.pending.iter_mut().skip(newest) {
                pending.command = Some(index);
            }
        }
        self.changes_shell(&program, inner);
        if let Some(function) = called.filter(|called| *called != program) {
            self.sets_of_call(&function);
        }
        let first = self.state.commands.len();
        for word in wrappers::scripts(inner) {
            self.nested(&word.pieces, around.clone());
        }
        let range = first..self.state.commands.len();
        if output != Output::Log {
            self.state.redirect(range, &output);
        }
        Some(index)
    }

    /// What `set`, `read` and calls of functions change.
    fn changes_shell(&mut self, program: &str, words: &[RawWord]) {
        let arguments = words.iter().skip(1).map(|word| word.word.raw.as_str());
        match program {
            "set" => {
                let mut by_name = false;
                for argument in arguments {
                    let (on, off) = (argument.starts_with('-'), argument.starts_with('+'));
                    if (on || off) && argument.contains('x') || by_name && argument == "xtrace" {
                        self.state.traced = !argument.starts_with('+');
                    }
                    by_name = on && argument.contains('o');
                }
                if words.iter().any(|word| word.word.is("+o"))
                    && words.iter().any(|word| word.word.is("xtrace"))
                {
                    self.state.traced = false;
                }
            }
            "read" | "mapfile" | "readarray" | "unset" | "getopts" => {
                for name in arguments.filter(|argument| !argument.starts_with('-') && !argument.is_empty()) {
                    self.state.variables.set(name, Known::Made(format!("${{{name}}}")));
                }
            }
            "shift" => self.state.shift(words.get(1).map(|word| &word.word)),
            _ => self.sets_of_call(program),
        }
    }

    fn sets_of_call(&mut self, function: &str) {
        let called = self.state.functions.get(function);
        if let Some((sets, traces)) = called.map(|function| (function.sets.clone(), function.traces)) {
            self.state.variables.apply(&sets);
            self.state.traced = traces.unwrap_or(self.state.traced);
        }
    }

    /// `NAME=value`, `NAME+=value`, `NAME=(…)`, if that stands here.
    fn assignment(&mut self) -> Option<(String, Word)> {
        let start = self.at;
        let mut at = name_end(self.text, start);
        let name = self.text.get(start..at).filter(|name| !name.is_empty())?.to_owned();
        if byte(self.text, at) == b'[' {
            at += rest(self.text, at).bytes().take(64).position(|byte| byte == b']')? + 1;
        }
        let adds = byte(self.text, at) == b'+';
        at += usize::from(adds);
        if byte(self.text, at) != b'=' || at >= self.end {
            return None;
        }
        self.at = at + 1;
        let from = self.at;
        let mut word = if byte(self.text, self.at) == b'(' && self.at < self.end {
            self.array(&name, from, adds)
        } else {
            self.state.arrays.remove(&name);
            match self.word() {
                Some(word) => word.word,
                None => self.finished(from, &Parts::default()).word,
            }
        };
        if adds && let Some(before) = self.state.variables.get(&name) {
            word.value = variables::joined(&[(String::new(), before), (word.raw.clone(), word.value)]);
        }
        Some((name, word))
    }

    /// Reads the redirections behind a compound command and directs its commands there.
    pub(super) fn redirect_all(&mut self, range: Range<usize>) {
        let mut redirections = Redirections::default();
        loop {
            self.skip_blank(false);
            if !self.redirection(&mut redirections) {
                break;
            }
        }
        if let Some(output) = redirections.output {
            self.state.redirect(range.clone(), &output);
        }
        // Nothing in it: the next command that is read has nothing to do with this.
        if range.is_empty() {
            return;
        }
        let newest = self.pending.len().saturating_sub(redirections.documents);
        for pending in self.pending.iter_mut().skip(newest) {
            pending.command = Some(range.start);
        }
        if let Some(command) = self.state.commands.get_mut(range.start) {
            command.here = command.here.take().or(redirections.here);
            command.input = command.input.take().or(redirections.input);
        }
    }

    /// A redirection, if one stands here.
    fn redirection(&mut self, redirections: &mut Redirections) -> bool {
        let here = self.text.get(self.at..self.end).unwrap_or_default();
        let digits = here.bytes().take_while(u8::is_ascii_digit).count();
        let number = here.get(..digits).unwrap_or_default();
        let behind = here.get(digits..).unwrap_or_default();
        let operators = ["&>>", "&>", "<<<", "<<-", "<<", "<&", "<>", "<", ">&", ">>", ">|", ">"];
        let Some(operator) = operators.into_iter().find(|operator| behind.starts_with(operator)) else {
            return false;
        };
        let next = byte(behind, operator.len());
        let is_word =
            (operator == "<" || operator == ">") && next == b'(' || operator.starts_with('&') && digits > 0;
        if is_word || expression_end(self.text, self.at + digits, self.end).is_some() {
            return false;
        }
        self.at += digits + operator.len();
        self.skip_blank(false);
        if operator == "<<" || operator == "<<-" {
            self.begin_document(operator == "<<-", redirections);
            return true;
        }
        let target = self.word().map(|word| word.word);
        match (operator, target) {
            ("<<<", target) => redirections.here = target,
            ("<" | "<>", target) => redirections.input = target,
            // `>&2` is seen all the same.
            (">&", Some(target)) if target.is("-") && number != "2" => {
                redirections.output = Some(Output::Discarded)
            }
            (">&", Some(target)) if target.raw.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => {}
            ("&>" | "&>>" | ">" | ">>" | ">|" | ">&", Some(target)) if matches!(number, "" | "1") => {
                redirections.output = Some(match target.value.exactly() {
                    Some("/dev/null" | "NUL" | "nul") => Output::Discarded,
                    Some("/dev/stdout" | "/dev/stderr" | "/dev/tty" | "/dev/console" | "/proc/1/fd/1") => {
                        Output::Log
                    }
                    _ => Output::File(target),
                });
            }
            _ => {}
        }
        true
    }

    /// Reads the tag of a here-document.
    fn begin_document(&mut self, without_tabs: bool, redirections: &mut Redirections) {
        let here = self.text.get(self.at..self.end).unwrap_or_default();
        let length = here.bytes().take_while(|byte| !b" \t\r\n;&|<>()".contains(byte)).count();
        let written = here.get(..length).unwrap_or_default();
        self.at += length;
        let tag: String = written.chars().filter(|c| !matches!(c, '\'' | '"' | '\\')).collect();
        if tag.is_empty() || self.without_end >= WITHOUT_END {
            return;
        }
        let is_quoted = tag.len() != written.len();
        self.pending.push(Pending { tag, is_quoted, without_tabs, command: None });
        redirections.documents += 1;
    }

    /// Reads the here-documents that begin at this line.
    pub(super) fn documents(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            let exactly = self.document_end(|line| {
                let line = if pending.without_tabs { line.trim_start_matches('\t') } else { line };
                line.trim_end_matches('\r') == pending.tag
            });
            // Indented with the code around it, as in YAML and Groovy.
            let Some((body, next)) = exactly.or_else(|| self.document_end(|line| line.trim() == pending.tag))
            else {
                self.without_end += 1;
                continue;
            };
            self.document(&pending, body);
            self.at = next;
        }
    }

    /// Where the body ends and where the text goes on, by what its last line must be.
    fn document_end(&self, is_end: impl Fn(&str) -> bool) -> Option<(Range<usize>, usize)> {
        let mut at = self.at;
        while at < self.end {
            let line = self.text.get(at..self.end)?;
            let length = memchr::memchr(b'\n', line.as_bytes()).unwrap_or(line.len());
            if is_end(line.get(..length)?) {
                return Some((self.at..at, (at + length + 1).min(self.end)));
            }
            at += length + 1;
        }
        None
    }

    fn document(&mut self, pending: &Pending, body: Range<usize>) {
        let mut parts = Parts::default();
        self.at = body.start;
        let captured = std::mem::take(&mut self.captured);
        if pending.is_quoted {
            self.take_literal(&mut parts, body.end);
        } else {
            self.quoted_text(&mut parts, body.end);
        }
        self.at = body.end;
        let word = self.finished(body.start, &parts);
        let inside = std::mem::replace(&mut self.captured, captured);
        let Some(index) = pending.command else { return };
        for captured in inside {
            if let Some(command) = self.state.commands.get_mut(captured) {
                command.output = Output::Argument(index);
            }
        }
        let passage = self.passage_of(&word.pieces);
        self.state.documents.push((index, passage));
        let Some(command) = self.state.commands.get_mut(index) else { return };
        command.here = Some(word.word);
        let (around, output, is_off) = (command.wrappers.clone(), command.output.clone(), command.is_off);
        let reader = match output {
            Output::Pipe(reader) => self.state.commands.get(reader),
            _ => self.state.commands.get(index),
        };
        let Some(reader) = reader.filter(|reader| wrappers::runs_its_input(reader)) else { return };
        let mut around = if matches!(output, Output::Pipe(_)) { reader.wrappers.clone() } else { around };
        if reader.program() == "ssh" {
            around.extend(reader.words.iter().cloned());
        }
        let was_off = std::mem::replace(&mut self.state.context.is_off, is_off);
        let first = self.state.commands.len();
        self.nested(&word.pieces, around);
        self.state.context.is_off = was_off;
        let range = first..self.state.commands.len();
        if !matches!(output, Output::Log | Output::Pipe(_)) {
            self.state.redirect(range, &output);
        }
    }
}
