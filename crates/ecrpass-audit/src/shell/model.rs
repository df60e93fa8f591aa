//! A script as commands: what the reader makes of a text, and what rules look at.

use std::ops::Range;

use crate::known::Known;
use crate::passage::Passage;

/// Whose syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// sh, bash and relatives.
    Posix,
    /// PowerShell: only what is alike (`aws … | docker login …`) and its own login commands are known.
    PowerShell,
    /// cmd.exe.
    Cmd,
}

/// A script.
#[derive(Clone, Debug)]
pub struct Script {
    /// Its syntax.
    pub dialect: Dialect,
    /// The commands in the order in which they run, those of functions where these are defined, those in `$(…)` before
    /// the command that uses them; those in here-documents and strings that are run included. What is only text
    /// (arguments of echo, comments, documents) is none.
    pub commands: Vec<Command>,
    /// Files that it writes with a text that stands in the script.
    pub written: Vec<Written>,
    /// Its functions.
    pub functions: Vec<FunctionBody>,
    /// The variables that it sets, with their values at its end.
    pub variables: Vec<(String, Known)>,
}

/// A function.
#[derive(Clone, Debug)]
pub struct FunctionBody {
    /// Its name.
    pub name: String,
    /// The indices of its commands.
    pub commands: Range<usize>,
}

/// A simple command.
#[derive(Clone, Debug)]
pub struct Command {
    /// Its bytes in the file, redirections included.
    pub bytes: Range<usize>,
    /// Program and arguments; `sudo`, `env X=…`, `time`, `exec`, `command`, `nohup`, `retry` in front are taken off.
    /// Empty for a mere assignment.
    pub words: Vec<Word>,
    /// The wrappers in front of it that were taken off: `sudo -E`, `ssh host`, `docker exec -t name`; also those of the
    /// string or here-document that it stands in.
    pub wrappers: Vec<Word>,
    /// Variables set in front of it or by it (`X=1 cmd`, `export X=1`).
    pub assignments: Vec<(String, Word)>,
    /// Of the variables that it looks at itself those that are known (`AWS_REGION`, `DOCKER_CONFIG`), for clients and the AWS CLI.
    pub environment: Vec<(&'static str, Known)>,
    /// The command whose output it reads through a pipe, by its index.
    pub reads: Option<usize>,
    /// A here-document or here-string that it reads.
    pub here: Option<Word>,
    /// A file that it reads (`< file`).
    pub input: Option<Word>,
    /// Where its output goes.
    pub output: Output,
    /// Whether the shell prints commands with their values (`set -x`).
    pub traced: bool,
    /// Whether it never runs (`if false`).
    pub is_off: bool,
    /// Whether it runs again and again (`while`, `for`).
    pub in_loop: bool,
    /// Whether it runs on a condition (`if`, `case`, `||`).
    pub is_conditional: bool,
    /// The function that it stands in.
    pub function: Option<String>,
    /// Whether it stands in a text that another command runs: a string of `sh -c`, `ssh host` or `eval`, a here-document.
    pub in_text: bool,
}

/// Where output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// To the terminal or the log.
    Log,
    /// Through a pipe to that command.
    Pipe(usize),
    /// Into a variable.
    Variable(String),
    /// Into a word or here-document of that command (`docker login -p $(…)`).
    Argument(usize),
    /// Into a file.
    File(Word),
    /// Nowhere.
    Discarded,
    /// To whoever calls the function, and nobody in this script does.
    Caller,
}

/// A word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its bytes in the file, quotes included.
    pub bytes: Range<usize>,
    /// As written, without the quotes around it; `$X` stays.
    pub raw: String,
    /// What it is after variables are put in, as far as they are known.
    pub value: Known,
}

/// A file that a script writes.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its path.
    pub path: Word,
    /// The text, as the shell makes it.
    pub text: Known,
    /// The text as it stands in the script, for a here-document.
    pub passage: Option<Passage>,
    /// The command that writes it, by its index.
    pub command: usize,
    /// Its commands, if it is a script itself.
    pub script: Option<Box<Script>>,
}

impl Word {
    /// A word that stands there as it is.
    pub fn plain(text: impl Into<String>, bytes: Range<usize>) -> Self {
        let raw = text.into();
        Self { bytes, value: Known::one_of([raw.clone()]), raw }
    }

    /// The value, or what is known of it: unknown parts as `${NAME}`.
    pub fn shown(&self) -> &str {
        match &self.value {
            Known::Exactly(value) | Known::Made(value) => value,
            Known::OneOf(_) | Known::Unknown => &self.raw,
        }
    }

    /// Whether it is exactly this.
    pub fn is(&self, text: &str) -> bool {
        self.value.exactly() == Some(text)
    }
}

impl Command {
    /// A command of these words that prints to the log.
    pub fn of_words(bytes: Range<usize>, words: Vec<Word>) -> Self {
        Self {
            bytes,
            words,
            wrappers: Vec::new(),
            assignments: Vec::new(),
            environment: Vec::new(),
            reads: None,
            here: None,
            input: None,
            output: Output::Log,
            traced: false,
            is_off: false,
            in_loop: false,
            is_conditional: false,
            function: None,
            in_text: false,
        }
    }

    /// The name of the program, without directories and `.exe`; empty if it is not known.
    pub fn program(&self) -> &str {
        let name = self.words.first().and_then(|word| word.value.exactly()).unwrap_or_default();
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        name.strip_suffix(".exe").or_else(|| name.strip_suffix(".cmd")).unwrap_or(name)
    }

    /// A variable that it looks at itself.
    pub fn variable(&self, name: &str) -> Option<&Known> {
        self.environment.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Whether it runs under that wrapper.
    pub fn is_wrapped_by(&self, program: &str) -> bool {
        self.wrappers.iter().any(|word| word.shown().rsplit('/').next() == Some(program))
    }
}

impl Script {
    /// A script without commands.
    pub fn empty(dialect: Dialect) -> Self {
        Self {
            dialect,
            commands: Vec::new(),
            written: Vec::new(),
            functions: Vec::new(),
            variables: Vec::new(),
        }
    }

    /// This script and those that it writes.
    pub fn all(&self) -> Vec<&Self> {
        let mut all = vec![self];
        all.extend(self.written.iter().filter_map(|written| written.script.as_deref()).flat_map(Self::all));
        all
    }

    /// The commands whose output a command reads through a pipe.
    pub fn feeding(&self, command: usize) -> impl Iterator<Item = &Command> {
        self.commands.iter().filter(move |other| other.output == Output::Pipe(command))
    }
}
