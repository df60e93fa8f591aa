//! What a script or Makefile reads into itself from other files of the tree: their variables.

use std::collections::HashMap;

use crate::kind::FileKind;
use crate::known::Known;
use crate::named::{self, LARGEST};
use crate::passage::Passage;
use crate::shell::{self, Dialect};
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

/// The files of the tree that a file reads into itself.
pub(super) fn files<'a>(file: &SourceFile, tree: &'a Tree) -> impl Iterator<Item = &'a SourceFile> {
    let path = file.path.clone();
    let named = named::by(file).into_iter();
    let found = named.filter_map(|named| named.paths.iter().find_map(|path| tree.get(path)));
    found.filter(move |other| other.path != path && other.text.len() <= LARGEST)
}
