//! The environment of this process with another `AWS_PROFILE`, as if it had been exported.

use std::io;
use std::path::{Path, PathBuf};

use ecrpass_core::Secret;
use ecrpass_core::environment::{Environment, OperatingSystem};
use zeroize::Zeroizing;

/// An environment in which that profile is named.
pub struct NamedProfile<'a> {
    /// The environment otherwise.
    pub environment: &'a dyn Environment,
    /// The profile; `None` to change nothing.
    pub profile: Option<&'a str>,
}

impl Environment for NamedProfile<'_> {
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

    fn file(&self, path: &Path) -> io::Result<Zeroizing<String>> {
        self.environment.file(path)
    }

    fn token_file(&self, path: &Path) -> Option<Secret> {
        self.environment.token_file(path)
    }

    fn boot_id(&self) -> Option<String> {
        self.environment.boot_id()
    }

    fn host_name(&self) -> Option<String> {
        self.environment.host_name()
    }

    fn all_on_path(&self, program: &str) -> Vec<PathBuf> {
        self.environment.all_on_path(program)
    }

    fn directory(&self) -> Option<PathBuf> {
        self.environment.directory()
    }

    fn system(&self) -> OperatingSystem {
        self.environment.system()
    }

    fn user_id(&self) -> u32 {
        self.environment.user_id()
    }
}
