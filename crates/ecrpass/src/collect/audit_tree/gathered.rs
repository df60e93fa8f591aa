//! What is gathered for an audit, and what is left out.

use std::collections::HashSet;
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

impl Skipped {
    /// Its path in the tree with that root.
    pub(super) fn tree_path(&self, root: &Path) -> String {
        tree_path(self.path.strip_prefix(root).unwrap_or(&self.path))
    }
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

/// What an audit can say anything of: what it does not find elsewhere may still be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Files and directories that were asked for, as paths of the tree; none for all of it.
    pub asked: Option<HashSet<String>>,
    /// What of them was not looked at.
    pub skipped: HashSet<String>,
}

impl Scope {
    /// Whether a file was looked at, or would have been, were it there.
    pub fn has(&self, path: &str) -> bool {
        self.asked.as_ref().is_none_or(|asked| covers(asked, path)) && !covers(&self.skipped, path)
    }
}

/// Whether a path is one of these, or below one of them.
pub(super) fn covers(asked: &HashSet<String>, path: &str) -> bool {
    let mut above = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
    asked.contains(path) || above.any(|directory| asked.contains(directory))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_covers_what_is_below() {
        let asked = HashSet::from(["ci".to_owned(), "a/b.yml".to_owned()]);
        for path in ["ci/x.yml", "ci/deep/x.yml", "a/b.yml"] {
            assert!(covers(&asked, path), "{path}");
        }
        for path in ["cid/x.yml", "a/c.yml", "b.yml"] {
            assert!(!covers(&asked, path), "{path}");
        }
        let scope = Scope { asked: Some(asked), skipped: HashSet::from(["ci/secret.yml".to_owned()]) };
        assert!(scope.has("ci/x.yml") && !scope.has("ci/secret.yml") && !scope.has("b.yml"));
        assert!(Scope::default().has("anything"));
    }
}
