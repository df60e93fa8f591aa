//! What decides about credentials: variables, files, and what lies outside of both.

use super::outside::Outside;
use crate::aws_config::AwsConfig;

/// What decides about credentials, as far as it can be seen without asking anybody.
pub struct Surroundings<'a> {
    /// Looks an environment variable up.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The shared config and credentials files.
    pub files: &'a AwsConfig,
    /// Which run of the machine this is: no token outlives it, nor a cloned disk.
    pub boot_id: &'a dyn Fn() -> Option<String>,
    /// The rest of what can decide; only looked at where it does.
    pub outside: &'a dyn Outside,
}

impl Surroundings<'_> {
    /// A variable that is set and not blank.
    pub(super) fn var(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.trim().is_empty())
    }

    pub(super) fn first_var(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.var(name))
    }

    /// The profile in force: `AWS_PROFILE`, the Go SDK's `AWS_DEFAULT_PROFILE`, else `default`.
    pub fn profile_name(&self) -> String {
        self.first_var(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]).unwrap_or_else(|| "default".to_owned())
    }
}
