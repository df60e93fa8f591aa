//! Shell scripts as commands with their places: what runs, what it is given, and where its output goes.
//!
//! The reader is this crate's own. Scripts come from anywhere, are full of templates and are often incomplete, and what
//! rules need is the byte of every word. brush-parser 0.4, the kept parser in Rust, rewrites what stands in `$(…)`, has
//! no places for redirections and here-documents, panics on `99999999999>x`, takes time that doubles with each `(` of
//! `((((…`, and recurses without a bound; tree-sitter's grammar is C and does not go into the web page. So the reader is
//! written here, in linear time and with a bounded depth, and tests hold it against brush on scripts that both know.
//!
//! What is unknown stays so: a value that is made at run time is [`Known::Made`] of a text in which the unknown parts
//! stand as `${NAME}`, `$(commands)` or `${{ expression }}`, known parts put in. A password that was fetched is thus
//! known by its value: `$(aws ecr get-login-password --region us-east-1)`.

mod batch;
mod calls;
mod compound;
mod cursor;
mod expand;
mod failing;
mod finish;
mod lists;
mod model;
mod powershell;
mod printers;
mod reader;
mod several;
mod simple;
mod state;
mod substitute;
mod usual;
mod variables;
mod words;
mod wrappers;

pub use model::{Command, Dialect, FunctionBody, Output, Script, Word, Written};

use crate::known::Known;
use crate::passage::Passage;

/// Reads a script. `variables` knows what is set around it; it is also asked for whole expressions: `matrix.region` of
/// `${{ matrix.region }}`, `Build.BuildId` of `$(Build.BuildId)`, `env.TAG` of `${env.TAG}`. `traced` says whether the shell
/// prints commands from the beginning.
pub fn read(
    passage: &Passage,
    dialect: Dialect,
    variables: &dyn Fn(&str) -> Option<Known>,
    traced: bool,
) -> Script {
    match dialect {
        Dialect::Posix => posix(passage, variables, traced, 0),
        Dialect::PowerShell => powershell::read(passage, variables),
        Dialect::Cmd => batch::read(passage, variables),
    }
}

/// Puts what other scripts call its functions with into a script that is sourced.
pub fn call_from_outside(script: &mut Script, calls_of: &dyn Fn(&str) -> Vec<Vec<Known>>) {
    calls::put_in_from_outside(script, calls_of);
}

/// How many scripts that write each other are followed.
const WRITTEN_BY_WRITTEN: usize = 3;

fn posix(passage: &Passage, variables: &dyn Fn(&str) -> Option<Known>, traced: bool, depth: usize) -> Script {
    let mut state = state::State::new(variables, traced || traces(passage.text()));
    reader::Reader::new(passage, &mut state).read_all();
    let mut script = finish::finish(state);
    if depth < WRITTEN_BY_WRITTEN {
        let set = script.variables.clone();
        let known = |name: &str| set.iter().find(|(set, _)| set == name).map(|(_, value)| value.clone());
        for written in &mut script.written {
            let inside =
                written.passage.as_ref().filter(|inside| is_script(written.path.shown(), inside.text()));
            written.script = inside.map(|inside| Box::new(posix(inside, &known, false, depth + 1)));
        }
    }
    script
}

/// Whether a here-document becomes a script.
fn is_script(path: &str, text: &str) -> bool {
    text.trim_start().starts_with("#!")
        || [".sh", ".bash"].iter().any(|ending| path.ends_with(ending))
        || ["/etc/cron.hourly/", "/etc/cron.daily/", "/etc/profile.d/"]
            .iter()
            .any(|folder| path.starts_with(folder))
}

/// Whether the first line says so: `#!/bin/bash -eux`.
fn traces(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    first.starts_with("#!")
        && first
            .split_whitespace()
            .skip(1)
            .any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains('x'))
}

#[cfg(test)]
#[path = "shell/tests.rs"]
mod tests;

#[cfg(test)]
#[path = "shell/oracle.rs"]
mod oracle;
