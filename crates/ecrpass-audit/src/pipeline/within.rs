//! What a script of a pipeline takes from scripts of the tree: variables of files that it sources, and the scripts that it
//! runs where these say where logins are kept.

use std::rc::Rc;

use crate::kind::FileKind;
use crate::known::Known;
use crate::passage::Passage;
use crate::pipeline::model::Within;
use crate::pipeline::paths;
use crate::shell::{self, Command, Dialect, Output, Script, Word};
use crate::source::{SourceFile, Tree};

/// The largest file that is read, in bytes.
const LARGEST: usize = 32_768;
/// How many files of a script are read.
const MOST: usize = 8;

/// The variables that the files leave behind which a script surely sources. A file's own sources are not followed.
pub(super) fn sourced(
    script: &Script,
    lookup: &dyn Fn(&str) -> Option<Known>,
    tree: &Tree,
    directory: &str,
) -> Vec<(String, Known)> {
    let mut all: Vec<(String, Known)> = Vec::new();
    let commands = script.commands.iter().filter(|command| !command.is_off && !command.is_conditional);
    let sources = commands.filter(|command| is_source(command) && command.function.is_none());
    for file in sources.filter_map(|command| file_of(command, tree, directory)).take(MOST) {
        let passage = Passage::verbatim(file.text.as_str(), 0);
        all.extend(shell::read(&passage, Dialect::Posix, lookup, false).variables);
    }
    all
}

/// The scripts that a script runs and that say where logins are, or write a password.
pub(super) fn run(
    script: &Script,
    lookup: &dyn Fn(&str) -> Option<Known>,
    tree: &Tree,
    directory: &str,
) -> Vec<Within> {
    let commands = script.commands.iter().filter(|command| !command.is_off && !is_source(command));
    let files = commands.filter_map(|command| file_of(command, tree, directory));
    let says = [
        "DOCKER_CONFIG",
        "REGISTRY_AUTH_FILE",
        "--authfile",
        "--config",
        "get-login-password",
        "web-identity-token",
        "OIDC_TOKEN",
    ];
    let files = files.filter(|file| says.iter().any(|word| file.text.contains(word)));
    let read = files.take(MOST).map(|file| {
        let passage = Passage::verbatim(file.text.as_str(), 0);
        let script = Rc::new(shell::read(&passage, Dialect::Posix, lookup, false));
        Within { path: file.path.clone(), script }
    });
    read.collect()
}

/// The variables in files of the tree that a script puts into a file of the runner: `cat ci.env >> "$GITHUB_ENV"`.
pub(super) fn copied_to(script: &Script, file: &str, tree: &Tree, directory: &str) -> Vec<(String, String)> {
    let copies = script.commands.iter().filter(|command| {
        let into = matches!(&command.output, Output::File(target) if target.raw.contains(file) || target.shown().contains(file));
        into && !command.is_off && !command.is_conditional && matches!(command.program(), "cat" | "grep")
    });
    let named = copies.flat_map(|command| command.words.iter().skip(1)).map(Word::shown);
    let files =
        named.filter(|word| !word.starts_with('-')).filter_map(|path| paths::find(tree, directory, path));
    let files = files.filter(|file| file.text.len() <= LARGEST).take(MOST);
    let lines = files.flat_map(|file| file.text.lines()).filter(|line| !line.trim_start().starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim_end().to_owned())).collect()
}

fn is_source(command: &Command) -> bool {
    matches!(command.words.first().map(Word::shown), Some("source" | "."))
}

/// The shell script of the tree that a command runs or sources.
fn file_of<'a>(command: &Command, tree: &'a Tree, directory: &str) -> Option<&'a SourceFile> {
    let first = command.words.first()?.shown();
    let is_shell = is_source(command) || matches!(command.program(), "bash" | "sh" | "zsh" | "dash" | "ash");
    let path = match is_shell {
        true => command.words.iter().skip(1).map(Word::shown).find(|word| !word.starts_with('-'))?,
        false => Some(first).filter(|first| first.contains('/'))?,
    };
    let file = paths::find(tree, directory, path)?;
    let is_script = file.kind == FileKind::Shell || is_source(command) && file.kind == FileKind::Dotenv;
    (is_script && file.text.len() <= LARGEST).then_some(file)
}
