//! PowerShell as far as it is alike: statements, pipelines, quotes, variables and brackets. Blocks are read as if what is in
//! them stood outside; what a .NET expression computes is not known.

mod words;

use std::ops::Range;

use super::cursor::{byte, place_holder, rest, width};
use super::model::{Command, Dialect, Output, Script, Word};
use super::reader::DEEPEST;
use super::state::{MOST_WORDS, State};
use crate::known::Known;
use crate::passage::Passage;

pub(super) fn read(passage: &Passage, variables: &dyn Fn(&str) -> Option<Known>) -> Script {
    let mut state = State::new(variables, false);
    let mut reader = Reader { text: passage.text(), passage, at: 0, state: &mut state, captured: Vec::new() };
    while reader.at < reader.text.len() {
        let before = reader.at;
        reader.statements(0);
        reader.at = reader.at.max(before + width(reader.text, before));
    }
    let State { commands, variables, .. } = state;
    Script { commands, variables: variables.into_set(), ..Script::empty(Dialect::PowerShell) }
}

struct Reader<'r, 's, 'v> {
    text: &'r str,
    passage: &'r Passage,
    at: usize,
    state: &'s mut State<'v>,
    captured: Vec<usize>,
}

/// A part of a pipeline that is being read.
#[derive(Default)]
struct Stage {
    words: Vec<Word>,
    arguments: Vec<usize>,
    output: Option<Output>,
    /// A command in brackets, of which a member is taken: `(Get-ECRLoginCommand).Password`.
    inner: Option<usize>,
}

impl Reader<'_, '_, '_> {
    /// Reads statements up to the closing bracket or the end.
    fn statements(&mut self, depth: usize) {
        while self.at < self.text.len() {
            self.blank(true);
            match byte(self.text, self.at) {
                b')' => return,
                b';' | b'{' | b'}' | b'|' | b',' => self.at += 1,
                _ if self.at < self.text.len() => {
                    let before = self.at;
                    self.statement(depth);
                    self.at = self.at.max(before + usize::from(self.at == before) * width(self.text, before));
                }
                _ => return,
            }
        }
    }

    /// Spaces, comments and continued lines.
    fn blank(&mut self, lines: bool) {
        while self.at < self.text.len() {
            let here = rest(self.text, self.at);
            match byte(self.text, self.at) {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' if lines => self.at += 1,
                b'`' if here.starts_with("`\n") => self.at += 2,
                b'`' if here.starts_with("`\r\n") => self.at += 3,
                b'<' if here.starts_with("<#") => {
                    self.at += here.find("#>").map_or(here.len(), |end| end + 2)
                }
                b'#' => self.at += here.find('\n').unwrap_or(here.len()),
                _ => break,
            }
        }
    }

    fn statement(&mut self, depth: usize) {
        let first = self.state.commands.len();
        let start = self.at;
        let target = self.assignment();
        let value_start = self.at;
        let (literal, printed) = self.pipeline(depth);
        let Some(name) = target else { return };
        let text = self.state.text_of(printed);
        let range = first..self.state.commands.len();
        let directed = self.state.redirect(range, &Output::Variable(name.clone()));
        let value = match literal {
            Some(word) if directed.is_empty() => word.value,
            _ => Known::Made(format!("$({text})")),
        };
        let written = self.text.get(value_start..self.at).unwrap_or_default().trim_end();
        let word = Word {
            bytes: self.passage.places(value_start..value_start + written.len()),
            raw: written.to_owned(),
            value,
        };
        self.state.variables.set(&name, word.value.clone());
        if let Some(short) = name.strip_prefix("env:") {
            self.state.variables.set(short, word.value.clone());
        }
        let mut command =
            self.state.command(self.passage.places(start..value_start + written.len()), Vec::new());
        command.assignments.push((name.strip_prefix("env:").unwrap_or(&name).to_owned(), word));
        self.state.add(command);
    }

    /// `$name =` and `$env:NAME =`.
    fn assignment(&mut self) -> Option<String> {
        let here = rest(self.text, self.at);
        let inside = here.strip_prefix('$')?;
        let length =
            inside.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"_:".contains(byte)).count();
        let name = inside.get(..length).filter(|name| !name.is_empty())?.to_owned();
        let behind = inside.get(length..)?.trim_start_matches([' ', '\t']);
        let value = behind.strip_prefix('=').filter(|value| !value.starts_with('='))?;
        self.at = self.text.len() - value.len();
        self.blank(false);
        Some(name)
    }

    /// Reads a pipeline. What it is if it is a single value, and the commands whose text it is.
    fn pipeline(&mut self, depth: usize) -> (Option<Word>, Range<usize>) {
        let first = self.state.commands.len();
        let mut before: Option<Range<usize>> = None;
        let mut literal = None;
        loop {
            let from = self.state.commands.len();
            let start = self.at;
            let stage = self.stage(depth);
            let end = self.at;
            let is_value = before.is_none()
                && stage.inner.is_none()
                && stage.words.first().is_some_and(|word| word.raw.starts_with('$') || self.is_quoted(word));
            let reader = match stage.inner {
                Some(inner) => Some(inner),
                None if is_value && stage.words.len() == 1 => {
                    literal = stage.words.first().cloned();
                    self.value_stage(start..end, stage)
                }
                None => self.add(start..end, stage),
            };
            if let (Some(range), Some(reader)) = (before.take(), reader) {
                let directed = self.state.redirect(range, &Output::Pipe(reader));
                if let Some(command) = self.state.commands.get_mut(reader) {
                    command.reads = directed.last().copied();
                }
            }
            before = Some(from..self.state.commands.len());
            self.blank(false);
            if byte(self.text, self.at) != b'|' || byte(self.text, self.at + 1) == b'|' {
                break;
            }
            self.at += 1;
            self.blank(true);
        }
        (literal, first..self.state.commands.len())
    }

    fn is_quoted(&self, word: &Word) -> bool {
        word.bytes.len() > word.raw.len()
    }

    /// A value at the beginning of a pipeline is printed: `$password | docker login …`. A mere value is no command.
    fn value_stage(&mut self, bytes: Range<usize>, stage: Stage) -> Option<usize> {
        self.blank(false);
        if byte(self.text, self.at) != b'|' {
            self.captured.extend(stage.arguments);
            return None;
        }
        let place = self.passage.places(bytes.clone());
        let echo = Word {
            bytes: place.start..place.start,
            raw: "echo".to_owned(),
            value: Known::Exactly("echo".to_owned()),
        };
        let words = std::iter::once(echo).chain(stage.words).collect();
        self.add(bytes, Stage { words, ..stage })
    }

    fn add(&mut self, bytes: Range<usize>, stage: Stage) -> Option<usize> {
        if stage.words.is_empty() {
            return None;
        }
        let written = self.text.get(bytes.clone()).unwrap_or_default();
        let bytes = bytes.start..bytes.start + written.trim_end().len();
        let mut command: Command = self.state.command(self.passage.places(bytes), stage.words);
        match command.program() {
            "Out-Null" => command.output = Output::Discarded,
            _ => command.output = stage.output.unwrap_or(Output::Log),
        }
        let index = self.state.add(command)?;
        for argument in stage.arguments {
            if let Some(command) = self.state.commands.get_mut(argument) {
                command.output = Output::Argument(index);
            }
        }
        Some(index)
    }

    /// A part of a pipeline.
    fn stage(&mut self, depth: usize) -> Stage {
        let mut stage = Stage::default();
        loop {
            self.blank(false);
            let here = rest(self.text, self.at);
            match byte(self.text, self.at) {
                b'{' if here.starts_with("{{") => match self.template() {
                    Some(word) => stage.words.push(word),
                    None => break,
                },
                b'{' if place_holder(here).is_some() => stage.words.extend(self.word(depth)),
                0 | b'\n' | b';' | b'|' | b'{' | b'}' | b')' => break,
                b'&' if stage.words.is_empty() => self.at += 1,
                b'&' => break,
                b'(' if stage.words.is_empty() && depth < DEEPEST => {
                    let first = self.brackets(depth);
                    let member = self.member();
                    if let Some(index) =
                        self.state.commands.len().checked_sub(1).filter(|last| *last >= first)
                    {
                        if let (Some(member), Some(command)) = (member, self.state.commands.get_mut(index)) {
                            command.words.push(member);
                        }
                        stage.inner = Some(index);
                    }
                }
                b'>' | b'1'..=b'6' | b'*' if is_redirection(here) => {
                    let (skipped, is_output) = redirection(here);
                    self.at += skipped;
                    self.blank(false);
                    if let Some(target) = self.word(depth)
                        && is_output
                    {
                        let is_nothing = matches!(target.raw.as_str(), "$null" | "NUL" | "nul");
                        stage.output =
                            Some(if is_nothing { Output::Discarded } else { Output::File(target) });
                    }
                }
                _ => match self.word(depth) {
                    Some(word) => {
                        stage.arguments.append(&mut self.captured);
                        if stage.words.len() < MOST_WORDS {
                            stage.words.push(word);
                        }
                    }
                    None => self.at += width(self.text, self.at),
                },
            }
        }
        stage
    }

    /// `{{NAME}}`, which something puts in before PowerShell reads it.
    fn template(&mut self) -> Option<Word> {
        let here = rest(self.text, self.at);
        let line = here.lines().next()?;
        let length = line.find("}}")? + 2;
        let raw = line.get(..length)?.to_owned();
        let name = raw.trim_matches(['{', '}', ' ']);
        let bytes = self.passage.places(self.at..self.at + length);
        let value = Known::named(name);
        self.at += length;
        Some(Word { bytes, raw, value })
    }

    /// `(…)`: commands; the index of the first.
    pub(super) fn brackets(&mut self, depth: usize) -> usize {
        self.at += 1;
        let first = self.state.commands.len();
        self.statements(depth + 1);
        self.at = (self.at + 1).min(self.text.len());
        first
    }

    /// `.Password` behind a bracket.
    fn member(&mut self) -> Option<Word> {
        let inside = rest(self.text, self.at).strip_prefix('.')?;
        let length = 1 + inside.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let raw = self.text.get(self.at..self.at + length)?.to_owned();
        let word = Word {
            bytes: self.passage.places(self.at..self.at + length),
            raw: raw.clone(),
            value: Known::Exactly(raw),
        };
        self.at += length;
        Some(word)
    }
}

fn is_redirection(here: &str) -> bool {
    here.trim_start_matches(|c: char| c.is_ascii_digit() || c == '*').starts_with('>')
}

/// How long the operator is, and whether it takes the output away.
fn redirection(here: &str) -> (usize, bool) {
    let number = here.len() - here.trim_start_matches(|c: char| c.is_ascii_digit() || c == '*').len();
    let operator =
        here.get(number..).map_or(0, |behind| behind.bytes().take_while(|byte| *byte == b'>').count());
    let is_output = !here.starts_with(['2', '3', '4', '5', '6'])
        && !here.get(number + operator..).is_some_and(|behind| behind.starts_with('&'));
    (number + operator, is_output)
}
