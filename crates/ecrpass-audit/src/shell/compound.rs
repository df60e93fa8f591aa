//! Compound commands: branches, loops and functions.

use super::cursor::{byte, closing, rest};
use super::failing::Failing;
use super::model::Word;
use super::reader::Reader;
use super::state::Function;
use super::variables;
use crate::known::Known;

impl Reader<'_, '_, '_> {
    /// Reads a compound command, if one begins here.
    pub(super) fn compound(&mut self) -> bool {
        if self.stands("((")
            && let Some(close) = closing(self.text, self.at + 2, self.end.min(self.at + 512), b')')
            && byte(self.text, close + 1) == b')'
        {
            self.at = close + 2;
            return true;
        }
        if self.stands("(") {
            self.at += 1;
            let traced = self.state.traced;
            let (stop, _) = self.branch(&[")"], |_| {});
            self.state.traced = traced;
            self.skip(stop);
            return true;
        }
        let Some(word) = ["{", "if", "while", "until", "for", "select", "case", "function", "[["]
            .iter()
            .find(|word| self.stands(word))
        else {
            return self.function_by_brackets();
        };
        self.at += word.len();
        match *word {
            "{" => {
                let stop = self.list(&["}"]);
                self.skip(stop);
            }
            "if" => self.if_clause(),
            "while" | "until" => self.while_clause(),
            "for" | "select" => self.for_clause(),
            "case" => self.case_clause(),
            "[[" => {
                let inside = self.text.get(self.at..self.end).unwrap_or_default();
                let near = inside.as_bytes().get(..4096).unwrap_or(inside.as_bytes());
                let length = memchr::memmem::find(near, b"]]").map_or(0, |length| length + 2);
                self.at += length;
                // A test runs nothing but what is substituted in it, which is rare; it is a command for `&&`.
                let bytes = self.passage.places(self.at - length..self.at);
                let word = Word {
                    bytes: bytes.clone(),
                    raw: "[[".to_owned(),
                    value: Known::Exactly("[[".to_owned()),
                };
                let command = self.state.command(bytes, vec![word]);
                self.state.add(command);
            }
            _ => {
                self.skip_blank(false);
                let name = self.function_name();
                self.skip_blank(false);
                if self.stands("()") {
                    self.at += 2;
                }
                self.function(&name);
            }
        }
        true
    }

    fn if_clause(&mut self) {
        let mut branches = Vec::new();
        let (mut exhaustive, mut was_true) = (false, false);
        // What the first condition was to set is not there where it failed.
        let mut failing: Option<Failing> = None;
        loop {
            let (first, start) = (self.state.commands.len(), self.at);
            let stop = self.list(&["then", "fi"]);
            let is_first = failing.is_none();
            let condition = first..self.state.commands.len();
            let is_usual = is_first && self.is_usual(start);
            let failed = failing.get_or_insert_with(|| self.failing(start, condition.clone()));
            let failed = failed.names(is_first).to_vec();
            self.skip(stop);
            let constant = self.constant(&condition);
            let is_off = was_true || constant == Some(false);
            let mark = self.forget(&failed);
            let (stop, branch) = self.branch(&["elif", "else", "fi"], |context| {
                context.is_conditional |= constant != Some(true);
                context.is_usual = is_usual;
                context.is_off |= is_off;
            });
            self.state.variables.take_back(mark);
            branches.push(branch);
            was_true |= constant == Some(true);
            self.skip(stop);
            match stop {
                Some("elif") => {}
                Some("else") => {
                    let failed = failing.as_ref().map(|failed| failed.names(false).to_vec());
                    let mark = self.forget(&failed.unwrap_or_default());
                    let (stop, branch) = self.branch(&["fi"], |context| {
                        context.is_conditional = true;
                        context.is_off |= was_true;
                    });
                    self.state.variables.take_back(mark);
                    branches.push(branch);
                    self.skip(stop);
                    exhaustive = true;
                    break;
                }
                _ => break,
            }
        }
        self.state.variables.join(&branches, exhaustive);
    }

    fn while_clause(&mut self) {
        let first = self.state.commands.len();
        let stop = self.list(&["do", "done"]);
        self.skip(stop);
        let is_off = self.constant(&(first..self.state.commands.len())) == Some(false);
        let (stop, branch) = self.branch(&["done"], |context| {
            context.in_loop = true;
            context.is_off |= is_off;
        });
        self.skip(stop);
        self.state.variables.join(&[branch], false);
    }

    fn for_clause(&mut self) {
        self.skip_blank(false);
        let mut name = String::new();
        if self.stands("((") {
            self.at = closing(self.text, self.at + 2, self.end.min(self.at + 512), b')')
                .map_or(self.at + 2, |close| close + 2);
        } else {
            name = self.function_name();
        }
        self.skip_blank(true);
        let mut values = Vec::new();
        if self.stands("in") {
            self.at += 2;
            loop {
                self.skip_blank(false);
                let Some(word) = self.word() else { break };
                values.extend(list_items(&word.word.value));
            }
            self.captured.clear();
        }
        let stop = self.list(&["do", "done", "{"]);
        self.skip(stop);
        if !name.is_empty() {
            let value = if values.is_empty() {
                Known::Made(format!("${{{name}}}"))
            } else {
                variables::one_of(&name, values)
            };
            self.state.variables.set(&name, value);
        }
        let (stop, branch) = self.branch(&["done", "}"], |context| context.in_loop = true);
        self.skip(stop);
        self.state.variables.apply(&branch);
    }

    fn case_clause(&mut self) {
        self.skip_blank(false);
        self.word();
        self.skip_blank(true);
        if self.stands("in") {
            self.at += 2;
        }
        let (mut branches, mut exhaustive) = (Vec::new(), false);
        while self.at < self.end {
            self.skip_blank(true);
            if self.stands("esac") {
                self.at += "esac".len();
                break;
            }
            let start = self.at;
            let line = self.text.get(self.at..self.end).unwrap_or_default();
            // A pattern is short; without one it is no case of this language.
            let near = line.as_bytes().get(..512).unwrap_or(line.as_bytes());
            let Some(close) = memchr::memchr(b')', near) else { break };
            exhaustive |=
                line.get(..close).is_some_and(|pattern| pattern.trim().trim_start_matches('(') == "*");
            self.at += close + 1;
            let (stop, branch) = self.branch(&[";;", ";&", "esac"], |context| context.is_conditional = true);
            branches.push(branch);
            if stop != Some("esac") {
                self.skip(stop);
                self.at += usize::from(rest(self.text, self.at).starts_with('&'));
            }
            if self.at <= start {
                break;
            }
        }
        self.state.variables.join(&branches, exhaustive);
    }

    /// The name that stands here.
    fn function_name(&mut self) -> String {
        let start = self.at;
        let here = self.text.get(start..self.end).unwrap_or_default();
        self.at +=
            here.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.:".contains(byte)).count();
        self.text.get(start..self.at).unwrap_or_default().to_owned()
    }

    /// `name() …`, if that stands here.
    fn function_by_brackets(&mut self) -> bool {
        let start = self.at;
        let name = self.function_name();
        self.skip_blank(false);
        let brackets = rest(self.text, self.at).strip_prefix('(').map(str::trim_start);
        match brackets.and_then(|behind| behind.strip_prefix(')')) {
            Some(behind) if !name.is_empty() => {
                self.at = self.text.len() - behind.len();
                self.function(&name);
                true
            }
            _ => {
                self.at = start;
                false
            }
        }
    }

    fn function(&mut self, name: &str) {
        self.skip_blank(true);
        let saved = self.state.context.clone();
        self.state.context.function = Some(name.to_owned());
        self.state.context.is_conditional = false;
        let (mark, first) = (self.state.variables.mark(), self.state.commands.len());
        let traced = self.state.traced;
        let shifted = self.state.shifted.replace(0);
        self.command();
        self.state.shifted = shifted;
        // What it switches on or off is so once it is called.
        let leaves = std::mem::replace(&mut self.state.traced, traced);
        let traces = (leaves != traced).then_some(leaves);
        self.state.context = saved;
        let sets = self.state.variables.take_back(mark);
        let commands = first..self.state.commands.len();
        let prints = self.state.text_of(commands.clone());
        if self.state.functions.len() < 256 {
            let (touches, forward) =
                (self.state.touches(commands.clone()), self.state.forward(commands.clone()));
            let function = Function { sets, prints, commands, traces, touches, forward };
            self.state.functions.insert(name.to_owned(), function);
        }
    }
}

/// The items of a list in a `for`.
fn list_items(value: &Known) -> Vec<Known> {
    match value {
        Known::Exactly(text) => text.split_whitespace().map(|item| Known::Exactly(item.to_owned())).collect(),
        other => vec![other.clone()],
    }
}
