//! A command that answers an assistant's question: this program, in a process of its own, so that time, output and faults
//! of one answer are no other's.

use std::time::{Duration, Instant};

use ecrpass_system::program::{self, Finished, ProcessError};
use serde_json::Value;

use super::answer::repeated;
use crate::system::own_program;

/// The most that a command may print, in bytes: of a large tree, many findings.
const MOST: usize = 32 * 1024 * 1024;

/// A command that prints JSON.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Job {
    /// Its arguments.
    pub(super) arguments: Vec<String>,
    /// What is written to its standard input.
    pub(super) input: String,
    /// How long it may take.
    pub(super) patience: Duration,
}

/// What a command said.
pub(super) struct Said {
    /// The result.
    pub(super) value: Value,
    /// What was to be said besides.
    pub(super) notes: String,
}

impl Job {
    /// A command with nothing on its standard input.
    pub(super) fn new(arguments: &[&str], seconds: u64) -> Self {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Self { arguments, input: String::new(), patience: Duration::from_secs(seconds) }
    }

    /// Adds an option with its value, in one word: the value can be no option then.
    pub(super) fn option(&mut self, name: &str, value: &str) {
        self.arguments.push(format!("{name}={value}"));
    }

    /// Adds an option with its value, if there is one.
    pub(super) fn option_if(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.option(name, value);
        }
    }

    /// Adds what comes after all options.
    pub(super) fn operand(&mut self, value: &str) {
        self.arguments.extend(["--".to_owned(), value.to_owned()]);
    }

    /// Runs it, for as long as `go_on` says yes.
    ///
    /// # Errors
    /// Why there is no answer, for the assistant.
    pub(super) fn run(&self, go_on: &dyn Fn() -> bool) -> Result<Said, String> {
        let mut command = own_program::command().map_err(|error| not_started(&error))?;
        command.args(&self.arguments).env_remove("CLICOLOR_FORCE");
        let end = Instant::now() + self.patience;
        let finished = program::run_while(&mut command, self.input.as_bytes(), MOST, end, go_on);
        said(&finished.map_err(|error| self.failed(&error))?)
    }

    fn failed(&self, error: &ProcessError) -> String {
        match error {
            ProcessError::Start(error) => not_started(error),
            ProcessError::TooSlow => format!(
                "There was no answer within {} s. Next: ask about less, such as one file or one registry",
                self.patience.as_secs()
            ),
            error => format!("There is no answer: {error}. Next: ask about less, such as one file"),
        }
    }
}

fn not_started(error: &std::io::Error) -> String {
    format!("ecrpass cannot be run: {error}. Next: start the server again, as after an update")
}

/// What came of it: problems that were found are a result, too.
fn said(finished: &Finished) -> Result<Said, String> {
    let notes = String::from_utf8_lossy(&finished.stderr).into_owned();
    if matches!(finished.status.code(), Some(0 | 1))
        && let Ok(value) = serde_json::from_slice(&finished.stdout)
    {
        return Ok(Said { value, notes });
    }
    let words = notes.trim();
    let words = words.strip_prefix("ecrpass: ").or_else(|| words.strip_prefix("error: ")).unwrap_or(words);
    // How to call the command is nothing to somebody who calls a tool.
    let words = words.split("\n\nUsage:").next().unwrap_or(words);
    match words {
        "" => Err(format!("There is no answer: {}. Next: try again", repeated(&finished.status.to_string()))),
        words => Err(words.to_owned()),
    }
}
