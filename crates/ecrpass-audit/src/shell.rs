//! Shell scripts as commands with their places: what runs, what it is given, and where its output goes.
//!
//! The parsing is brush's; this makes of its syntax tree what rules ask about. Variables are followed within the
//! script. A script with a syntax that the parser does not know is read line by line as far as each line goes.

use std::ops::Range;

use crate::known::Known;

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
    /// The commands in the order of the text, those in `$(…)`, in functions and in heredocs that are run included. What
    /// is only text (arguments of echo, comments, documents) is none.
    pub commands: Vec<Command>,
}

/// A simple command.
#[derive(Clone, Debug)]
pub struct Command {
    /// Its bytes in the file.
    pub bytes: Range<usize>,
    /// Program and arguments; `sudo`, `env X=…`, `time`, `exec`, `command`, `nohup`, `retry` in front are taken off.
    pub words: Vec<Word>,
    /// The wrappers in front of it that were taken off: `sudo -E`.
    pub wrappers: Vec<Word>,
    /// Variables set in front of it or by it (`X=1 cmd`, `export X=1`).
    pub assignments: Vec<(String, Word)>,
    /// The command whose output it reads through a pipe, by its index.
    pub reads: Option<usize>,
    /// A here-document or here-string that it reads.
    pub here: Option<Word>,
    /// Where its output goes.
    pub output: Output,
    /// Whether the shell prints commands with their values (`set -x`).
    pub traced: bool,
    /// Whether it never runs (`if false`).
    pub is_off: bool,
    /// Whether it runs again and again (`while`, `for`).
    pub in_loop: bool,
    /// The loop variables in force and their values, for a word that names them.
    pub function: Option<String>,
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
    /// Into a word of that command (`docker login -p $(…)`).
    Argument(usize),
    /// Into a file.
    File(Word),
    /// Nowhere.
    Discarded,
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
