//! What a script or Makefile reads into itself from other files of the tree: their variables.

use std::collections::HashMap;

use crate::kind::FileKind;
use crate::known::Known;
use crate::named::{self, LARGEST};
use crate::passage::Passage;
use crate::shell::{self, Command, Dialect, Script};
use crate::source::{SourceFile, Tree};

/// The variables that files which a shell script sources leave behind. What these source in turn is not read: unknown is
/// not wrong.
pub(super) fn variables(file: &SourceFile, tree: &Tree) -> HashMap<String, Known> {
    let mut all = HashMap::new();
    for other in files(file, tree).filter(|other| matches!(other.kind, FileKind::Shell | FileKind::Dotenv)) {
        let passage = Passage::verbatim(other.text.as_str(), 0);
        all.extend(shell::read(&passage, Dialect::Posix, &|_| None, false).variables);
    }
    all
}

/// The most scripts that a file's functions are looked for in.
const CALLERS: usize = 8;

/// Puts what scripts that source a file call its functions with into these.
pub(super) fn calls(script: &mut Script, file: &SourceFile, tree: &Tree) {
    let takes = |command: &Command| command.words.iter().any(|word| word.shown().contains("${"));
    let is_library = script.functions.iter().any(|function| {
        script.commands.get(function.commands.clone()).is_some_and(|all| all.iter().any(takes))
    });
    if !is_library || !script.commands.iter().any(|command| command.program() == "docker") {
        return;
    }
    let sources = |other: &&SourceFile| {
        other.kind == FileKind::Shell
            && other.text.contains(file.name())
            && files(other, tree).any(|named| named.path == file.path)
    };
    let callers: Vec<Script> = tree
        .files()
        .iter()
        .filter(sources)
        .take(CALLERS)
        .map(|caller| {
            let around = variables(caller, tree);
            let passage = Passage::verbatim(caller.text.as_str(), 0);
            shell::read(&passage, Dialect::Posix, &|name| around.get(name).cloned(), false)
        })
        .collect();
    shell::call_from_outside(script, &|name| {
        let calls = callers.iter().flat_map(|caller| &caller.commands);
        let calls = calls.filter(|call| !call.is_off && call.program() == name);
        calls
            .take(16)
            .map(|call| call.words.iter().skip(1).map(|word| word.value.clone()).collect())
            .collect()
    });
}

/// The files of the tree that a file reads into itself.
pub(super) fn files<'a>(file: &SourceFile, tree: &'a Tree) -> impl Iterator<Item = &'a SourceFile> {
    let path = file.path.clone();
    let named = named::by(file).into_iter();
    let found = named.filter_map(|named| named.paths.iter().find_map(|path| tree.get(path)));
    found.filter(move |other| other.path != path && other.text.len() <= LARGEST)
}
