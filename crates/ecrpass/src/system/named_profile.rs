//! The environment of this process with another `AWS_PROFILE`, as if it had been exported.

use ecrpass_core::environment::{Environment, Overlay};

/// An environment in which that profile is named.
pub struct NamedProfile<'a> {
    /// The environment otherwise.
    pub environment: &'a dyn Environment,
    /// The profile; `None` to change nothing.
    pub profile: Option<&'a str>,
}

impl Overlay for NamedProfile<'_> {
    fn below(&self) -> &dyn Environment {
        self.environment
    }

    fn var(&self, name: &str) -> Option<String> {
        match (name, self.profile) {
            ("AWS_PROFILE", Some(profile)) => Some(profile.to_owned()),
            _ => self.environment.var(name),
        }
    }

    fn variables(&self) -> Vec<(String, String)> {
        let mut variables = self.environment.variables();
        if let Some(profile) = self.profile {
            variables.retain(|(name, _)| name != "AWS_PROFILE");
            variables.push(("AWS_PROFILE".to_owned(), profile.to_owned()));
            variables.sort();
        }
        variables
    }
}
