//! What is gathered for an audit, and what is left out.

use std::path::{Component, Path, PathBuf};

use ecrpass_audit::kind::{FileKind, owner};
use ecrpass_audit::source::SourceFile;

/// Something that was not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// What.
    pub path: PathBuf,
    /// Why.
    pub why: String,
    /// Whether this user may not read it.
    pub is_denied: bool,
}

/// Which files are kept whatever is in them, by their paths.
pub type Keeps = fn(&str) -> bool;

/// What is kept of a tree while it is read.
#[derive(Default)]
pub(super) struct Gathered {
    pub files: Vec<SourceFile>,
    pub skipped: Vec<Skipped>,
    pub looked_at: usize,
}

/// A file as the audit wants it.
pub(super) fn source(path: String, text: String, is_repository: bool) -> SourceFile {
    SourceFile { kind: FileKind::of(&path, &text), owner: owner(&path, is_repository), path, text }
}

/// A path in a tree: with `/`, without what stands for nothing.
pub(super) fn tree_path(path: &Path) -> String {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}
