//! An edit that was not made.

use ecrpass_core::Secret;

use crate::audit::Found;
use crate::source::Tree;

/// An edit that was not made, and why.
#[derive(Debug)]
pub struct Withdrawn {
    /// What it would have fixed.
    pub found: Found,
    /// Why it was not made: "it would change a command that it does not mean".
    pub why: String,
    /// What it would have replaced, and with what.
    replaced: Vec<(Secret, Secret)>,
}

impl Withdrawn {
    /// An edit of a finding in a tree as it is now.
    pub(super) fn new(found: Found, tree: &Tree, why: &str) -> Self {
        let replaced = replaced(&found, tree);
        Self { found, why: why.to_owned(), replaced }
    }

    /// Whether it is the edit of this finding, wherever other edits have moved it.
    pub(super) fn is(&self, found: &Found, tree: &Tree) -> bool {
        let same = |(one, other): (&(Secret, Secret), &(Secret, Secret))| {
            one.0.expose() == other.0.expose() && one.1.expose() == other.1.expose()
        };
        self.found.id == found.id && self.found.path == found.path && {
            let replaced = replaced(found, tree);
            replaced.len() == self.replaced.len() && replaced.iter().zip(&self.replaced).all(same)
        }
    }
}

fn replaced(found: &Found, tree: &Tree) -> Vec<(Secret, Secret)> {
    let text = tree.get(&found.path).map_or("", |file| file.text.as_str());
    let edit = found.edit.iter().flat_map(|edit| &edit.replacements);
    edit.map(|replacement| {
        let old = text.get(replacement.bytes.clone()).unwrap_or_default();
        (Secret::new(old.to_owned()), Secret::new(replacement.text.clone()))
    })
    .collect()
}
