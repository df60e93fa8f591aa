//! What a rule is: a cause of the catalogue, and what it looks like in files.

use ecrpass_core::DiagnosisId;

use crate::hit::Hit;
use crate::models::Models;
use crate::source::{SourceFile, Tree};

/// A rule. Its words, severity and fixes are the catalogue's, under the same name.
pub struct Rule {
    /// The cause it finds.
    pub id: DiagnosisId,
    /// Looks at one file of a tree. `models` holds what was read of it already.
    pub look: fn(&Examined<'_>) -> Vec<Hit>,
}

/// A file with all that its models say.
#[derive(Clone, Copy)]
pub struct Examined<'a> {
    /// The file.
    pub file: &'a SourceFile,
    /// The files around it.
    pub tree: &'a Tree,
    /// What is read of it, each once.
    pub models: Models<'a>,
}

impl<'a> Examined<'a> {
    /// Another file of the tree, with its models.
    pub fn other(&self, path: &str) -> Option<Self> {
        self.at(self.tree.index_of(path)?)
    }

    /// All files of the tree, with their models: whether any of them declares a repository immutable.
    pub fn all(&self) -> impl Iterator<Item = Self> {
        (0..self.tree.files().len()).filter_map(|index| self.at(index))
    }

    fn at(&self, index: usize) -> Option<Self> {
        let models = self.models.of(index)?;
        Some(Self { file: models.file(), tree: self.tree, models })
    }
}
