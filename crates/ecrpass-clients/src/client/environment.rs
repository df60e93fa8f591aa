//! What a client can see of the machine it runs on: an environment, and what helpers answer. The command line looks at
//! the real one; tests, bundles and the web page bring their own.

use std::collections::BTreeMap;
use std::path::Path;

use ecrpass_core::environment::{Environment, EnvironmentInMemory};

pub use super::file_state::FileState;
use super::loaded::Parsed;

/// What a credential helper answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelperReply {
    /// Credentials, with this user name.
    Credentials(String),
    /// It is there and was not asked; taken to answer.
    NotAsked,
    /// Nobody looked whether it is there; taken to answer.
    Assumed,
    /// An identity token, which no registry with Basic authentication takes.
    IdentityToken,
    /// The protocol's exact not-found text.
    NotFound,
    /// A proper answer without user name and password in it, such as `{}`.
    Blank,
    /// Anything else that is no answer; what it printed.
    Failed(String),
    /// There is no such program on `PATH`.
    Missing,
}

/// The machine, as far as resolving goes: its environment, and what the helpers on it answer.
pub trait ClientEnvironment {
    /// Variables, files and programs.
    fn environment(&self) -> &dyn Environment;

    /// What `docker-credential-<suffix> get` answers for a server URL.
    fn ask(&self, suffix: &str, server_url: &str) -> HelperReply;

    /// The server URLs `docker-credential-<suffix> list` prints; `None` when it fails or is not asked.
    fn list(&self, suffix: &str) -> Option<Vec<String>>;

    /// `credential-helpers` of `registries.conf`; empty when it is not set.
    fn registries_conf_helpers(&self) -> Vec<String> {
        Vec::new()
    }

    /// The configurations that were parsed already, where they are kept.
    fn parsed(&self) -> Option<&Parsed> {
        None
    }

    /// Whether a program is on `PATH`.
    fn on_path(&self, program: &str) -> bool {
        self.environment().on_path(program).is_some()
    }

    /// A variable of the client's environment; an empty one is `Some("")`.
    fn variable(&self, name: &str) -> Option<String> {
        self.environment().var(name)
    }

    /// A variable that is set to something.
    fn nonempty_var(&self, name: &str) -> Option<String> {
        self.environment().nonempty_var(name)
    }

    /// A file.
    fn file(&self, path: &Path) -> FileState {
        FileState::read(self.environment(), path)
    }
}

/// A machine made of values.
#[derive(Clone, Default)]
pub struct ClientEnvironmentInMemory {
    /// The variables, the files, and the programs besides the helpers.
    pub environment: EnvironmentInMemory,
    /// What each helper answers, by its suffix; the others are missing.
    pub helpers: BTreeMap<String, HelperReply>,
    /// What each helper lists.
    pub lists: BTreeMap<String, Vec<String>>,
    /// `credential-helpers` of `registries.conf`.
    pub registries_conf_helpers: Vec<String>,
}

impl ClientEnvironment for ClientEnvironmentInMemory {
    fn environment(&self) -> &dyn Environment {
        &self.environment
    }

    fn ask(&self, suffix: &str, _: &str) -> HelperReply {
        self.helpers.get(suffix).cloned().unwrap_or(HelperReply::Missing)
    }

    fn list(&self, suffix: &str) -> Option<Vec<String>> {
        self.lists.get(suffix).cloned()
    }

    fn registries_conf_helpers(&self) -> Vec<String> {
        self.registries_conf_helpers.clone()
    }

    fn on_path(&self, program: &str) -> bool {
        let helper = program.strip_prefix("docker-credential-").and_then(|suffix| self.helpers.get(suffix));
        helper.is_some_and(|answer| *answer != HelperReply::Missing)
            || self.environment.on_path(program).is_some()
    }
}
