//! `$(…)` and its like: commands whose output becomes part of a word.

use super::cursor::{byte, closing, rest};
use super::model::{Command, Output};
use super::reader::{DEEPEST, Reader};
use crate::known::Known;

impl Reader<'_, '_, '_> {
    /// The value of `$(…)`, whose bracket is just behind; the whole begins at `start`. Azure's `$(variable)` and make's
    /// `$(VARIABLE)` look the same.
    pub(super) fn substitution(&mut self, start: usize) -> Known {
        if let Some(value) = self.variable_in_brackets() {
            return value;
        }
        if rest(self.text, self.at).starts_with("shell ") {
            self.at += "shell ".len();
        }
        if self.state.depth >= DEEPEST {
            self.at = closing(self.text, self.at, self.end, b')').map_or(self.end, |close| close + 1);
            return Known::Made(self.text.get(start..self.at).unwrap_or_default().to_owned());
        }
        let value = self.substituted(&[")"]);
        if byte(self.text, self.at) == b')' && self.at < self.end {
            self.at += 1;
        }
        value
    }

    /// Runs the commands up to the stop and makes a value of what they print.
    pub(super) fn substituted(&mut self, stops: &[&'static str]) -> Known {
        if self.state.depth >= DEEPEST {
            let text = self.text.get(self.at..self.end).unwrap_or_default().to_owned();
            self.at = self.end;
            return Known::Made(format!("$({text})"));
        }
        let first = self.state.commands.len();
        let (mark, traced) = (self.state.variables.mark(), self.state.traced);
        let captured = std::mem::take(&mut self.captured);
        self.state.depth += 1;
        self.list(stops);
        self.state.depth -= 1;
        self.state.traced = traced;
        self.state.variables.take_back(mark);
        self.captured = captured;
        let range = first..self.state.commands.len();
        let text = self.state.text_of(range.clone());
        let printing = range.filter(|index| {
            self.state.commands.get(*index).is_some_and(|command| command.output == Output::Log)
        });
        let printing: Vec<usize> = printing.collect();
        let echoed = match printing.as_slice() {
            [only] if *only == first => {
                let command = self.state.commands.get(*only);
                command
                    .and_then(|command| echoed(command).or_else(|| self.state.printed_by_function(command)))
            }
            _ => None,
        };
        self.captured.extend(printing);
        echoed.unwrap_or_else(|| Known::Made(format!("$({text})")))
    }

    /// `$(NAME)` of another language.
    fn variable_in_brackets(&mut self) -> Option<Known> {
        let inside = self.text.get(self.at..self.end)?;
        let length =
            inside.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(byte)).count();
        let name = inside.get(..length).filter(|name| !name.is_empty())?;
        if byte(inside, length) != b')' {
            return None;
        }
        let known = self.state.variables.get(name);
        let is_name = name.contains('.') || name.bytes().any(|byte| byte.is_ascii_uppercase());
        if known.is_none() && !is_name {
            return None;
        }
        self.at += length + 1;
        Some(known.unwrap_or_else(|| Known::Made(format!("$({name})"))))
    }
}

/// What `$(echo X)` is.
fn echoed(command: &Command) -> Option<Known> {
    match command.words.as_slice() {
        [echo, word] if echo.is("echo") && !matches!(word.value, Known::Unknown) => Some(word.value.clone()),
        _ => None,
    }
}
