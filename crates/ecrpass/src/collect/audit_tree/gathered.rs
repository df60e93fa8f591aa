//! What is gathered for an audit, and what is left out.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use ecrpass_audit::kind::{FileKind, owner};
use ecrpass_audit::source::SourceFile;
use ecrpass_core::redact::redact;

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
    pub fn tree_path(&self, root: &Path) -> String {
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
    /// There was too much: what comes after it was not looked at, whatever it is.
    pub is_cut: bool,
    /// Files in which nothing seems to matter: something may, if others name them.
    pub passed_over: HashSet<String>,
    /// The directories that were named and that git shows something of.
    pub shown: HashSet<PathBuf>,
}

/// What an audit can say anything of: what it does not find elsewhere may still be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Files and directories that were asked for, as paths of the tree; none for all of it.
    pub asked: Option<HashSet<String>>,
    /// What of them was not looked at, or not to its end; the empty path stands for all of it.
    pub skipped: HashSet<String>,
}

impl Scope {
    /// Leaves out what was not looked at of the tree with that root.
    pub(super) fn leave_out(&mut self, skipped: &[Skipped], root: &Path) {
        self.skipped.extend(skipped.iter().map(|skipped| skipped.tree_path(root)));
    }

    /// Whether a file was looked at as a whole, or would have been, were it there.
    pub fn has(&self, path: &str) -> bool {
        self.asked.as_ref().is_none_or(|asked| covers(asked, path)) && !covers(&self.skipped, path)
    }
}

/// Whether a path is one of these, or below one of them. All are below the empty one.
pub(super) fn covers(asked: &HashSet<String>, path: &str) -> bool {
    let mut above = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
    asked.contains(path) || asked.contains("") || above.any(|directory| asked.contains(directory))
}

/// A file as the audit wants it. Its path is shown everywhere: one with a secret in it is kept without.
pub(super) fn source(path: String, text: String, is_repository: bool) -> SourceFile {
    let (kind, owner) = (FileKind::of(&path, &text), owner(&path, is_repository));
    SourceFile { kind, owner, path: redact(&path).into_owned(), text }
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
        assert!(!Scope { skipped: HashSet::from([String::new()]), ..Scope::default() }.has("anything"));
    }
}
