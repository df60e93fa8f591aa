//! cmd.exe as far as it is alike: lines, pipes, quotes, `set` and `%VARIABLE%`.

use std::ops::Range;

use super::cursor::{byte, expression_end, expression_hole, expression_inside, rest, width};
use super::model::{Dialect, Output, Script, Word};
use super::state::{MOST_WORDS, State};
use super::words::Parts;
use crate::known::Known;
use crate::passage::Passage;

pub(super) fn read(passage: &Passage, variables: &dyn Fn(&str) -> Option<Known>) -> Script {
    let mut state = State::new(variables, false);
    let text = passage.text();
    let mut reader = Reader { text, passage, at: 0, end: text.len(), state: &mut state };
    while reader.at < text.len() {
        reader.end = reader.line_end();
        reader.line();
        reader.at = reader.end + 1;
    }
    let State { commands, variables, .. } = state;
    Script { commands, variables: variables.into_set(), ..Script::empty(Dialect::Cmd) }
}

struct Reader<'r, 's, 'v> {
    text: &'r str,
    passage: &'r Passage,
    at: usize,
    end: usize,
    state: &'s mut State<'v>,
}

impl Reader<'_, '_, '_> {
    /// The end of the line that begins here; a caret continues it.
    fn line_end(&self) -> usize {
        let mut at = self.at;
        loop {
            let Some(length) = rest(self.text, at).find('\n') else { return self.text.len() };
            let line = self.text.get(at..at + length).unwrap_or_default();
            at += length;
            if !line.trim_end_matches('\r').ends_with('^') {
                return at;
            }
            at += 1;
        }
    }

    fn line(&mut self) {
        let line = self.text.get(self.at..self.end).unwrap_or_default().trim_start().trim_start_matches('@');
        let is = |word: &str| line.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        if line.starts_with(':') || is("rem ") || line.eq_ignore_ascii_case("rem") {
            return;
        }
        if is("for ") && self.for_line(line) {
            return;
        }
        self.at = self.end - line.len();
        self.commands();
    }

    /// `for /f … %%i in ('command') do other`.
    fn for_line(&mut self, line: &str) -> bool {
        let start = self.end - line.len();
        let Some(open) = line.find("('").or_else(|| line.find("(`")) else { return false };
        let Some(length) =
            line.get(open + 2..).and_then(|inside| inside.find("')").or_else(|| inside.find("`)")))
        else {
            return false;
        };
        let end = std::mem::replace(&mut self.end, start + open + 2 + length);
        self.at = start + open + 2;
        let first = self.state.commands.len();
        self.commands();
        let inner = first..self.state.commands.len();
        let text = self.state.text_of(inner.clone());
        self.end = end;
        let name = line
            .split_whitespace()
            .find_map(|word| word.strip_prefix("%%").or_else(|| word.strip_prefix('%')));
        if let Some(name) = name {
            self.state.redirect(inner, &Output::Variable(name.to_owned()));
            self.state.variables.set(name, Known::Made(format!("$({text})")));
        }
        let behind = start + open + 2 + length + 2;
        let rest_of_line = self.text.get(behind..end).unwrap_or_default();
        self.at = rest_of_line.find("do ").map_or(end, |at| behind + at + 3);
        self.commands();
        true
    }

    /// The commands of a line.
    fn commands(&mut self) {
        let mut before: Option<Range<usize>> = None;
        while self.at < self.end {
            let from = self.state.commands.len();
            let reader = self.command();
            if let (Some(range), Some(reader)) = (before.take(), reader) {
                let directed = self.state.redirect(range, &Output::Pipe(reader));
                if let Some(command) = self.state.commands.get_mut(reader) {
                    command.reads = directed.last().copied();
                }
            }
            if self.at < self.end && byte(self.text, self.at) == b'|' && byte(self.text, self.at + 1) != b'|'
            {
                before = Some(from..self.state.commands.len());
            }
            while self.at < self.end && matches!(byte(self.text, self.at), b'|' | b'&' | b'(' | b')') {
                self.at += 1;
            }
        }
    }

    fn command(&mut self) -> Option<usize> {
        let (start, mut last) = (self.at, self.at);
        let mut words: Vec<Word> = Vec::new();
        let mut output = Output::Log;
        while self.at < self.end {
            match byte(self.text, self.at) {
                b' ' | b'\t' | b'\r' | b'\n' | b'^' => self.at += 1,
                b'|' | b'&' | b')' => break,
                b'(' if words.is_empty() => break,
                b'>' => {
                    let is_error = self.text.get(..self.at).is_some_and(|before| before.ends_with('2'));
                    self.at += 1;
                    while matches!(byte(self.text, self.at), b'>' | b' ') && self.at < self.end {
                        self.at += 1;
                    }
                    if self.at < self.end && byte(self.text, self.at) == b'&' {
                        self.at = (self.at + 1 + width(self.text, self.at + 1)).min(self.end);
                    } else if let Some(target) = self.word()
                        && !is_error
                    {
                        output = if target.raw.eq_ignore_ascii_case("nul") {
                            Output::Discarded
                        } else {
                            Output::File(target)
                        };
                    }
                    last = self.at;
                }
                _ => {
                    match self.word() {
                        Some(word) if words.len() < MOST_WORDS => words.push(word),
                        Some(_) => {}
                        None => self.at += width(self.text, self.at),
                    }
                    last = self.at;
                }
            }
        }
        if words.is_empty() {
            return None;
        }
        let mut command = self.state.command(self.passage.places(start..last), words);
        command.output = output;
        if command.program().eq_ignore_ascii_case("set") {
            // `set "A=b c"` and `set A=b c`.
            let text: Vec<&str> = command.words.iter().skip(1).map(Word::shown).collect();
            let text = text.join(" ");
            let word = command.words.get(1).cloned();
            if let (Some((name, value)), Some(mut word)) = (text.split_once('='), word) {
                let is_made = value.contains("${") || value.contains("$(");
                word.value =
                    if is_made { Known::Made(value.to_owned()) } else { Known::Exactly(value.to_owned()) };
                self.state.variables.set(name, word.value.clone());
                command.assignments.push((name.to_owned(), word));
            }
        }
        self.state.add(command)
    }

    fn word(&mut self) -> Option<Word> {
        let start = self.at;
        let mut parts = Parts::default();
        let mut in_quotes = false;
        while self.at < self.end {
            let here = byte(self.text, self.at);
            match here {
                b' ' | b'\t' | b'\r' | b'\n' | b'|' | b'&' | b'>' | b')' if !in_quotes => break,
                b'"' => {
                    in_quotes = !in_quotes;
                    self.at += 1;
                }
                _ if expression_end(self.text, self.at, self.end).is_some() => {
                    let end = expression_end(self.text, self.at, self.end).unwrap_or(self.at + 1);
                    let written = self.text.get(self.at..end).unwrap_or_default();
                    let known = self.state.variables.get(expression_inside(written));
                    let hole = expression_hole(written);
                    parts.expansion(&hole, known.unwrap_or_else(|| Known::Made(hole.clone())), self.at..end);
                    self.at = end;
                }
                b'%' => self.variable(&mut parts),
                _ => {
                    let to = (self.at + width(self.text, self.at)).min(self.end);
                    parts.literal(self.text.get(self.at..to).unwrap_or_default(), self.at..to);
                    self.at = to;
                }
            }
        }
        if self.at == start {
            return None;
        }
        let written = self.text.get(start..self.at).unwrap_or_default();
        let raw = written.strip_prefix('"').and_then(|inside| inside.strip_suffix('"')).unwrap_or(written);
        Some(Word { bytes: self.passage.places(start..self.at), raw: raw.to_owned(), value: parts.value() })
    }

    /// `%NAME%`, and `%%i` of a loop.
    fn variable(&mut self, parts: &mut Parts) {
        let start = self.at;
        let inside = self.text.get(start + 1..self.end).unwrap_or_default();
        let name_length = |text: &str| {
            text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
        };
        let (name, to) = match inside.strip_prefix('%') {
            Some(behind) => (behind.get(..1).unwrap_or_default(), start + 3),
            None => {
                let length = name_length(inside);
                let is_closed = byte(inside, length) == b'%';
                let length = if is_closed { length } else { length.min(1) };
                (inside.get(..length).unwrap_or_default(), start + 1 + length + usize::from(is_closed))
            }
        };
        if name.is_empty() || to > self.end {
            parts.literal("%", start..start + 1);
            self.at = start + 1;
            return;
        }
        let value = self.state.variables.get(name).unwrap_or_else(|| Known::Made(format!("${{{name}}}")));
        parts.expansion(&format!("${{{name}}}"), value, start..to);
        self.at = to;
    }
}
