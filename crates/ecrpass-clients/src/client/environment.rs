//! What a client can see of the machine it runs on. The command line looks at the real one; tests, bundles and the
//! web page bring their own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// The operating system, as far as clients care.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Platform {
    /// Linux and other Unixes.
    #[default]
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

/// A file, as a client meets it.
#[derive(Clone)]
pub enum FileState {
    /// There is none.
    Missing,
    /// It is there and cannot be read, for this reason.
    Unreadable(String),
    /// Its text.
    Text(Zeroizing<String>),
}

impl FileState {
    /// A file with this text.
    pub fn text(text: &str) -> Self {
        Self::Text(Zeroizing::new(text.to_owned()))
    }
}

/// What a credential helper answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelperReply {
    /// Credentials, with this user name.
    Credentials(String),
    /// It is there and was not asked; taken to answer.
    NotAsked,
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

/// The machine, as far as resolving goes.
pub trait ClientEnvironment {
    /// A variable of the client's environment; an empty one is `Some("")`.
    fn variable(&self, name: &str) -> Option<String>;

    /// A file.
    fn file(&self, path: &Path) -> FileState;

    /// What `docker-credential-<suffix> get` answers for a server URL.
    fn ask(&self, suffix: &str, server_url: &str) -> HelperReply;

    /// The server URLs `docker-credential-<suffix> list` prints; `None` when it fails or is not asked.
    fn list(&self, suffix: &str) -> Option<Vec<String>>;

    /// Whether a program is on `PATH`.
    fn on_path(&self, program: &str) -> bool;

    /// The operating system.
    fn platform(&self) -> Platform {
        Platform::Linux
    }

    /// The user's id, 0 where there is none.
    fn user_id(&self) -> u32 {
        0
    }

    /// `credential-helpers` of `registries.conf`; empty when it is not set.
    fn registries_conf_helpers(&self) -> Vec<String> {
        Vec::new()
    }

    /// The home directory.
    fn home(&self) -> Option<PathBuf> {
        let variable = if self.platform() == Platform::Windows { "USERPROFILE" } else { "HOME" };
        self.variable(variable).filter(|home| !home.is_empty()).map(PathBuf::from)
    }

    /// A variable that is set to something.
    fn nonempty_var(&self, name: &str) -> Option<String> {
        self.variable(name).filter(|value| !value.is_empty())
    }
}

/// A machine made of values.
#[derive(Clone, Default)]
pub struct EnvironmentInMemory {
    /// The environment.
    pub variables: BTreeMap<String, String>,
    /// The files.
    pub files: BTreeMap<PathBuf, String>,
    /// What each helper answers, by its suffix; the others are missing.
    pub helpers: BTreeMap<String, HelperReply>,
    /// What each helper lists.
    pub lists: BTreeMap<String, Vec<String>>,
    /// The programs on `PATH` besides the helpers.
    pub programs: Vec<String>,
    /// `credential-helpers` of `registries.conf`.
    pub registries_conf_helpers: Vec<String>,
    /// The operating system.
    pub platform: Platform,
}

impl ClientEnvironment for EnvironmentInMemory {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn file(&self, path: &Path) -> FileState {
        self.files.get(path).map_or(FileState::Missing, |text| FileState::text(text))
    }

    fn ask(&self, suffix: &str, _: &str) -> HelperReply {
        self.helpers.get(suffix).cloned().unwrap_or(HelperReply::Missing)
    }

    fn list(&self, suffix: &str) -> Option<Vec<String>> {
        self.lists.get(suffix).cloned()
    }

    fn on_path(&self, program: &str) -> bool {
        let helper = program.strip_prefix("docker-credential-");
        self.programs.iter().any(|name| name == program)
            || helper.is_some_and(|suffix| {
                self.helpers.get(suffix).is_some_and(|answer| *answer != HelperReply::Missing)
            })
    }

    fn platform(&self) -> Platform {
        self.platform
    }

    fn registries_conf_helpers(&self) -> Vec<String> {
        self.registries_conf_helpers.clone()
    }
}
