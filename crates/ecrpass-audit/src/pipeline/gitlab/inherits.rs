//! `inherit:`: which of the settings and variables for all jobs a job takes. Source: GitLab documentation, "inherit".

use crate::pipeline::gitlab::merge::{Merged, Part};
use crate::yaml::Node;

/// What a job takes.
pub(super) struct Inherits<'a> {
    settings: Option<&'a Node>,
    variables: Option<&'a Node>,
}

impl<'a> Inherits<'a> {
    pub fn of(merged: &'a Merged) -> Self {
        let said = |name: &str| merged.get("inherit").map(|part: &Part| &part.node)?.get(name);
        Self { settings: said("default"), variables: said("variables") }
    }

    /// Whether it takes a setting of `default`.
    pub fn setting(&self, name: &str) -> bool {
        takes(self.settings, name)
    }

    /// Whether it takes a variable.
    pub fn variable(&self, name: &str) -> bool {
        takes(self.variables, name)
    }

    /// Whether it takes all variables.
    pub fn all_variables(&self) -> bool {
        self.variables.is_none_or(|said| said.flag() == Some(true))
    }
}

/// `true`, `false`, or the names of what is taken.
fn takes(said: Option<&Node>, name: &str) -> bool {
    let Some(said) = said else { return true };
    match said.flag() {
        Some(flag) => flag,
        None => said.each().iter().any(|item| item.text() == Some(name)),
    }
}
