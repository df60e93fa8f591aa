//! Lists of commands: what stands one after the other, behind `&&` and `||`, and in pipelines.

use std::ops::Range;

use super::cursor::{byte, rest, width};
use super::model::{Command, Output};
use super::reader::{DEEPEST, Emitted, Reader};
use super::state::Context;
use super::usual;
use super::variables::Branch;

/// Words that end a list, wherever they stand as a command.
const CLOSING: [&str; 9] = ["then", "do", "done", "fi", "else", "elif", "esac", "}", "in"];

impl Reader<'_, '_, '_> {
    /// Reads everything.
    pub(super) fn read_all(&mut self) {
        while self.at < self.end {
            let before = self.at;
            self.list(&[]);
            if self.at <= before {
                self.at += width(self.text, self.at);
            }
        }
    }

    /// Whether that keyword or operator stands here.
    pub(super) fn stands(&self, word: &str) -> bool {
        let here = self.text.get(self.at..self.end).unwrap_or_default();
        let Some(behind) = here.strip_prefix(word) else { return false };
        !word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'{' || byte == b'}')
            || behind.bytes().next().is_none_or(|next| b" \t\r\n;&|()<>".contains(&next))
    }

    /// Reads commands until one of the stops, which is left standing.
    pub(super) fn list(&mut self, stops: &[&'static str]) -> Option<&'static str> {
        while self.at < self.end {
            self.skip_blank(true);
            if let Some(stop) = stops.iter().copied().find(|stop| self.stands(stop)) {
                return Some(stop);
            }
            if self.at >= self.end {
                break;
            }
            if matches!(byte(self.text, self.at), b';' | b'&' | b')' | b'|') {
                self.at += 1;
                continue;
            }
            // A stray end: the beginning was not understood, or is a template's.
            if let Some(stray) = CLOSING.iter().find(|word| self.stands(word)) {
                self.at += stray.len();
                continue;
            }
            let before = self.at;
            self.and_or();
            if self.at <= before {
                self.at += width(self.text, self.at);
            }
        }
        None
    }

    /// Spaces, continued lines and comments; line ends too, with the here-documents behind them.
    pub(super) fn skip_blank(&mut self, lines: bool) {
        while self.at < self.end {
            match byte(self.text, self.at) {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if byte(self.text, self.at + 1) == b'\n' => self.at += 2,
                b'\\' if rest(self.text, self.at).starts_with("\\\r\n") => self.at += 3,
                b'#' => {
                    let line = self.text.as_bytes().get(self.at..self.end).unwrap_or_default();
                    self.at += memchr::memchr(b'\n', line).unwrap_or(line.len());
                }
                b'\n' if lines => {
                    self.at += 1;
                    self.documents();
                }
                _ => break,
            }
        }
        self.at = self.at.min(self.end);
    }

    /// Pipelines joined by `&&` and `||`.
    fn and_or(&mut self) {
        let saved = self.state.context.clone();
        let mut traced = self.state.traced;
        let mut start = self.at;
        let mut range = self.pipeline();
        loop {
            let is_usual = self.is_usual(start);
            self.skip_blank(false);
            let here = (byte(self.text, self.at), byte(self.text, self.at + 1));
            let is_or = match here {
                (b'&', b'&') => false,
                (b'|', b'|') => true,
                _ => break,
            };
            if self.at + 1 >= self.end {
                break;
            }
            self.at += 2;
            self.skip_blank(true);
            let constant = self.constant(&range);
            let context = &mut self.state.context;
            context.is_conditional |= is_or || self.state.commands.get(range.clone()).is_some_and(only_tests);
            context.is_off |= constant == Some(is_or);
            let is_conditional = context.is_conditional;
            // Behind `||` there is nothing of what the command was to print.
            let failed = if is_or { self.captured_by_last(range) } else { Vec::new() };
            let outer = self.forget(&failed);
            let mark = self.state.variables.mark();
            start = self.at;
            range = self.pipeline();
            let branch = self.state.variables.take_back(mark);
            self.state.variables.take_back(outer);
            if is_conditional {
                self.state.variables.join(&[branch], false);
                // `[ -n "$DEBUG" ] && set -x`: perhaps. `[ "${DEBUG:-1}" = 1 ] && set -x`: unless somebody says otherwise.
                traced |= is_usual && !is_or && self.state.traced;
                self.state.traced &= traced;
            } else {
                self.state.variables.apply(&branch);
            }
        }
        self.state.context = saved;
    }

    /// Commands joined by `|`.
    fn pipeline(&mut self) -> Range<usize> {
        let first = self.state.commands.len();
        let mark = self.state.variables.mark();
        loop {
            self.skip_blank(false);
            let Some(word) = ["!", "time", "-p"].iter().find(|word| self.stands(word)) else { break };
            if *word == "!" && !matches!(byte(self.text, self.at + 1), b' ' | b'\t') {
                break;
            }
            self.at += word.len();
        }
        let mut stage = self.command();
        let mut is_piped = false;
        loop {
            self.skip_blank(false);
            if self.at >= self.end || byte(self.text, self.at) != b'|' || byte(self.text, self.at + 1) == b'|'
            {
                break;
            }
            self.at += if byte(self.text, self.at + 1) == b'&' { 2 } else { 1 };
            self.skip_blank(true);
            is_piped = true;
            let next = self.command();
            if let Some(reader) = next.first {
                let directed = self.state.redirect(stage.range.clone(), &Output::Pipe(reader));
                if let Some(command) = self.state.commands.get_mut(reader) {
                    command.reads = directed.last().copied();
                }
            }
            stage = next;
        }
        if is_piped {
            // Each part of it has variables of its own.
            self.state.variables.take_back(mark);
        }
        first..self.state.commands.len()
    }

    /// A command of any kind.
    pub(super) fn command(&mut self) -> Emitted {
        let first = self.state.commands.len();
        if self.state.depth < DEEPEST {
            self.state.depth += 1;
            let is_compound = self.compound();
            self.state.depth -= 1;
            if is_compound {
                let range = first..self.state.commands.len();
                self.redirect_all(range.clone());
                return Emitted { first: Some(first).filter(|first| range.contains(first)), range };
            }
        } else if let Some(word) =
            ["if", "while", "until", "for", "case", "function", "{"].iter().find(|word| self.stands(word))
        {
            // Too deep: what is in it is read as if it stood here.
            self.at += word.len();
            self.skip_blank(false);
        }
        self.simple()
    }

    /// Passes over the stop that a list ended with.
    pub(super) fn skip(&mut self, stop: Option<&'static str>) {
        self.at += stop.map_or(0, str::len);
    }

    /// Reads a list that may not run, or not as the rest does.
    pub(super) fn branch(
        &mut self,
        stops: &[&'static str],
        change: impl FnOnce(&mut Context),
    ) -> (Option<&'static str>, Branch) {
        let saved = self.state.context.clone();
        self.state.context.is_usual = false;
        change(&mut self.state.context);
        let is_usual = self.state.context.is_usual;
        let mark = self.state.variables.mark();
        let traced = self.state.traced;
        let stop = self.list(stops);
        self.state.context = saved;
        self.state.traced &= traced || is_usual && stop == Some("fi");
        (stop, self.state.variables.take_back(mark))
    }

    /// Whether what stands between there and here is a test that holds where nobody says otherwise.
    pub(super) fn is_usual(&self, start: usize) -> bool {
        let text = self.text.get(start..self.at).unwrap_or_default();
        usual::holds(text.trim_end_matches([' ', '\t', '\r', '\n', ';']), &|name| {
            self.state.variables.get(name)
        })
    }

    /// Whether commands of a range always succeed, or never do.
    pub(super) fn constant(&self, range: &Range<usize>) -> Option<bool> {
        match self.state.commands.get(range.clone())? {
            [only] => match only.words.as_slice() {
                [word] if word.is("true") || word.is(":") => Some(true),
                [word] if word.is("false") => Some(false),
                [test, one, operator, other, ..]
                    if (test.is("[") || test.is("test"))
                        && !one.raw.contains('$')
                        && !other.raw.contains('$') =>
                {
                    match operator.raw.as_str() {
                        "=" | "==" | "-eq" => Some(one.value == other.value),
                        "!=" | "-ne" => Some(one.value != other.value),
                        _ => None,
                    }
                }
                _ => None,
            },
            _ => None,
        }
    }
}

/// Whether commands only ask something; what is asked for in `$(…)` may come from any.
fn only_tests(commands: &[Command]) -> bool {
    commands.iter().filter(|command| !matches!(command.output, Output::Argument(_))).all(is_test)
}

/// Whether it only asks something.
fn is_test(command: &Command) -> bool {
    matches!(
        command.program(),
        "[" | "[[" | "test" | "command" | "which" | "type" | "grep" | "hash" | "pgrep"
    ) || command.words.get(1).is_some_and(|word| word.is("--version"))
}
