//! A file in which a client keeps logins: where it is, and in which format. It stands with its client, in the client's
//! model.

use std::path::PathBuf;

use ecrpass_core::environment::Environment;

use crate::docker_config::Format;

/// A file in which a client keeps logins.
#[derive(Clone, Copy)]
pub struct LoginFile {
    /// Whose it is, as `ecrpass status` names it.
    pub holder: &'static str,
    /// Its format.
    pub format: Format,
    /// Where its client looks for it, the first place first.
    pub(super) places: fn(&dyn Environment) -> Vec<PathBuf>,
    /// Where it is in a home when no variable says otherwise, on whatever system.
    pub in_homes: &'static [&'static str],
    /// Where else on a machine it may be, from the root.
    pub on_machines: &'static [&'static str],
    /// What the path of such a file ends with, wherever it is kept; `*` stands for any one part.
    pub(super) ends: &'static [&'static str],
}

impl LoginFile {
    /// Where its client looks for it, the first place first.
    pub fn places(&self, environment: &dyn Environment) -> Vec<PathBuf> {
        (self.places)(environment)
    }

    /// Whether a path is one of such a file, by how it ends.
    pub(super) fn is_at(&self, path: &str) -> bool {
        self.ends.iter().any(|end| is_below(path, end))
    }

    /// The directories that hold nothing but its client's own: `.docker`.
    pub(super) fn directories(&self) -> impl Iterator<Item = &'static str> {
        let parents = self.ends.iter().filter_map(|end| end.rsplit_once('/').map(|(parent, _)| parent));
        parents.filter(|parent| parent.starts_with('.'))
    }
}

/// Whether the last parts of a path are these; `*` stands for any one.
pub(super) fn is_below(path: &str, end: &str) -> bool {
    let mut parts = path.rsplit('/');
    end.rsplit('/').all(|wanted| parts.next().is_some_and(|part| wanted == "*" || wanted == part))
}

/// For a file that is looked for in places of the machine alone.
pub(super) fn no_place_of_users(_: &dyn Environment) -> Vec<PathBuf> {
    Vec::new()
}
