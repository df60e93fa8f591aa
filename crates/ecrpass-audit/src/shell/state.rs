//! What is known while a script is read: its commands so far, variables, functions, and the context of a command.

use std::collections::HashMap;
use std::ops::Range;

use super::model::{Command, Output, Word};
use super::variables::{Branch, Variables};
use crate::known::Known;
use crate::passage::Passage;

/// The most commands of a script that are kept, and the most bytes of their words' values.
const MOST_COMMANDS: usize = 20_000;
const MOST_BYTES: usize = 16 << 20;

/// The most words of a command that are kept.
pub(super) const MOST_WORDS: usize = 4096;

/// Variables that programs look at themselves, and the programs that are asked about.
const LOOKED_AT: [&str; 6] =
    ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "HOME"];
pub(super) const LOOKING: [&str; 16] = [
    "aws",
    "docker",
    "podman",
    "buildah",
    "skopeo",
    "crane",
    "oras",
    "regctl",
    "helm",
    "nerdctl",
    "finch",
    "cosign",
    "kubectl",
    "oc",
    "docker-compose",
    "ecs-cli",
];

/// The longest text of commands that stands in a value.
const LONGEST_TEXT: usize = 8192;

/// What a command stands in.
#[derive(Clone, Debug, Default)]
pub(super) struct Context {
    pub(super) is_off: bool,
    pub(super) in_loop: bool,
    pub(super) is_conditional: bool,
    pub(super) function: Option<String>,
    pub(super) wrappers: Vec<Word>,
    pub(super) in_text: bool,
    /// Whether it runs wherever nobody says otherwise.
    pub(super) is_usual: bool,
}

/// A function of the script.
#[derive(Debug, Default)]
pub(super) struct Function {
    /// What it sets when it is called.
    pub(super) sets: Branch,
    /// Its commands whose output is that of a call, as text.
    pub(super) prints: String,
    /// Its commands.
    pub(super) commands: Range<usize>,
    /// Whether it switches `set -x` on, or off.
    pub(super) traces: Option<bool>,
    /// Whether one of them has to do with registries or AWS.
    pub(super) touches: bool,
    /// What it hands its arguments on to, if it does nothing else.
    pub(super) forward: Option<Forward>,
}

/// A function that hands its arguments on to a command: that command, in front of them and behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Forward {
    pub(super) before: Vec<Word>,
    /// How many arguments of the call are the function's own.
    pub(super) own: usize,
    pub(super) behind: Vec<Word>,
    pub(super) assignments: Vec<(String, Word)>,
    pub(super) here: Option<Word>,
    pub(super) input: Option<Word>,
    pub(super) output: Output,
}

/// A script while it is read.
pub(super) struct State<'a> {
    pub(super) commands: Vec<Command>,
    pub(super) variables: Variables<'a>,
    pub(super) functions: HashMap<String, Function>,
    /// Arrays whose elements are known.
    pub(super) arrays: HashMap<String, Vec<Word>>,
    /// How many words others became.
    pub(super) several: usize,
    /// How many arguments the function that is being read has put away by `shift`, if that can be told.
    pub(super) shifted: Option<usize>,
    /// Here-documents by the command that reads them.
    pub(super) documents: Vec<(usize, Passage)>,
    pub(super) context: Context,
    pub(super) traced: bool,
    /// How deep strings, substitutions and compound commands are nested at the moment.
    pub(super) depth: usize,
    bytes: usize,
}

impl<'a> State<'a> {
    pub(super) fn new(outside: &'a dyn Fn(&str) -> Option<Known>, traced: bool) -> Self {
        Self {
            commands: Vec::new(),
            variables: Variables::new(outside),
            functions: HashMap::new(),
            arrays: HashMap::new(),
            several: 0,
            shifted: Some(0),
            documents: Vec::new(),
            context: Context::default(),
            traced,
            depth: 0,
            bytes: 0,
        }
    }

    /// Adds a command; `None` once there are too many.
    pub(super) fn add(&mut self, mut command: Command) -> Option<usize> {
        if LOOKING.contains(&command.program()) {
            command.environment = LOOKED_AT
                .into_iter()
                .filter_map(|name| {
                    let own = command
                        .assignments
                        .iter()
                        .find(|(set, _)| set == name)
                        .map(|(_, word)| word.value.clone());
                    Some((name, own.or_else(|| self.variables.get(name))?))
                })
                .collect();
        }
        let words = command.words.iter().chain(command.assignments.iter().map(|(_, word)| word));
        self.bytes += words.map(|word| word.raw.len() + word.shown().len()).sum::<usize>();
        if self.commands.len() >= MOST_COMMANDS || self.bytes > MOST_BYTES {
            return None;
        }
        self.commands.push(command);
        Some(self.commands.len() - 1)
    }

    /// Puts arguments of the function away, as `shift` does.
    pub(super) fn shift(&mut self, count: Option<&Word>) {
        let count = count.map_or(Some(1), |count| count.value.exactly()?.parse::<usize>().ok());
        let is_sure = !self.context.is_conditional && !self.context.in_loop;
        self.shifted = match (self.shifted, count) {
            (Some(before), Some(count)) if is_sure => before.checked_add(count),
            _ => None,
        };
    }

    /// Which argument of the function a name is, `shift` considered: `2` of `1`, `@:2` of `@`.
    pub(super) fn argument(&self, name: &str) -> String {
        let is_all = matches!(name, "@" | "*");
        let number = name.parse::<usize>().ok().filter(|number| *number > 0);
        match self.shifted {
            Some(0) => name.to_owned(),
            Some(shifted) if is_all => format!("@:{}", shifted + 1),
            Some(shifted) => number.map_or_else(|| name.to_owned(), |number| (number + shifted).to_string()),
            None if is_all || number.is_some() => format!("argument {name}"),
            None => name.to_owned(),
        }
    }

    /// A command of these words in the current context.
    pub(super) fn command(&self, bytes: Range<usize>, words: Vec<Word>) -> Command {
        Command {
            wrappers: self.context.wrappers.clone(),
            traced: self.traced,
            is_off: self.context.is_off,
            in_loop: self.context.in_loop,
            is_conditional: self.context.is_conditional,
            function: self.context.function.clone(),
            in_text: self.context.in_text,
            ..Command::of_words(bytes, words)
        }
    }

    /// Directs what the commands of a range print to the log elsewhere, and says which these are.
    pub(super) fn redirect(&mut self, range: Range<usize>, output: &Output) -> Vec<usize> {
        let mut directed = Vec::new();
        for index in range {
            if let Some(command) = self.commands.get_mut(index)
                && command.output == Output::Log
            {
                command.output = output.clone();
                directed.push(index);
            }
        }
        directed
    }

    /// The commands of a range whose output leaves it, as text with values put in.
    pub(super) fn text_of(&self, range: Range<usize>) -> String {
        let mut text = String::new();
        for index in range {
            if text.len() > LONGEST_TEXT {
                break;
            }
            let Some(command) = self.commands.get(index) else { continue };
            if matches!(command.output, Output::Argument(_) | Output::Variable(_)) || command.words.is_empty()
            {
                continue;
            }
            let function = self.functions.get(command.program());
            match function {
                Some(function) if !function.prints.is_empty() => text.push_str(&function.prints),
                _ => {
                    let words: Vec<&str> = command.words.iter().map(Word::shown).collect();
                    text.push_str(&words.join(" "));
                }
            }
            text.push_str(if matches!(command.output, Output::Pipe(_)) { " | " } else { "; " });
        }
        let text = text.trim_end_matches([' ', ';', '|']);
        let mut end = text.len().min(LONGEST_TEXT);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.get(..end).unwrap_or_default().to_owned()
    }
}
