//! What a rule is: a cause of the catalogue, and what it looks like in files.

use ecrpass_core::DiagnosisId;

use crate::hit::Hit;
use crate::source::{SourceFile, Tree};

/// A rule. Its words, severity and fixes are the catalogue's, under the same name.
pub struct Rule {
    /// The cause it finds.
    pub id: DiagnosisId,
    /// Looks at one file of a tree. `models` holds what was read of it already.
    pub look: fn(&Examined<'_>) -> Vec<Hit>,
}

/// A file with all that its models say.
pub struct Examined<'a> {
    /// The file.
    pub file: &'a SourceFile,
    /// The files around it.
    pub tree: &'a Tree,
}
