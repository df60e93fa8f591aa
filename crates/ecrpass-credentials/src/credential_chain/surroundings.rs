//! What decides about credentials: the environment, and the two AWS files in it, read once.

use std::path::Path;

use ecrpass_core::Secret;
use ecrpass_core::environment::Environment;

use crate::aws_config::AwsConfig;

/// What decides about credentials, as far as it can be seen without asking anybody.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Variables, files, and which run of the machine this is: no token outlives it, nor a cloned disk.
    pub environment: &'a dyn Environment,
    /// The shared config and credentials files.
    pub files: &'a AwsConfig,
}

impl Surroundings<'_> {
    /// A variable that is set and not blank.
    pub fn var(&self, name: &str) -> Option<String> {
        self.environment.var(name).filter(|value| !value.trim().is_empty())
    }

    pub(super) fn first_var(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.var(name))
    }

    /// The content of a file that holds a token; `None` when it cannot be read within bounds.
    pub fn token_file(&self, path: &str) -> Option<Secret> {
        self.environment.token_file(Path::new(path))
    }

    /// The profile in force: `AWS_PROFILE`, the Go SDK's `AWS_DEFAULT_PROFILE`, else `default`.
    pub fn profile_name(&self) -> String {
        self.first_var(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]).unwrap_or_else(|| "default".to_owned())
    }
}
