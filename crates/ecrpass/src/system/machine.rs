//! The machine we run on, as the core's client models want to see it.

use std::io::{self, ErrorKind};
use std::path::Path;

use ecrpass_clients::client::{ClientEnvironment, FileState, HelperReply, Platform};
use ecrpass_core::environment::Environment;
use ecrpass_system::text_file;
use zeroize::Zeroizing;

use crate::system::programs;

/// How helpers are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// Not at all: one that is on `PATH` is taken to answer.
    Look,
    /// For real.
    Run,
    /// Not at all: they all answer this.
    Says(Says),
}

/// What all helpers are taken to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Says {
    /// Credentials
    Ok,
    /// The protocol's not-found text
    Notfound,
    /// A failure
    Error,
    /// Nothing: the program is not on PATH
    Missing,
}

/// This machine.
pub struct LocalMachine<'a> {
    /// The variables, files and programs of the client.
    pub environment: &'a dyn Environment,
    /// How helpers are asked.
    pub asking: Asking,
}

impl<'a> LocalMachine<'a> {
    /// One whose helpers are only looked for.
    pub fn looking(environment: &'a dyn Environment) -> Self {
        Self { environment, asking: Asking::Look }
    }
}

impl ClientEnvironment for LocalMachine<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        self.environment.var(name)
    }

    fn file(&self, path: &Path) -> FileState {
        file_state(self.environment, path)
    }

    fn ask(&self, suffix: &str, server_url: &str) -> HelperReply {
        match self.asking {
            Asking::Run => programs::ask_helper(self.environment, suffix, server_url),
            Asking::Look if self.on_path(&format!("docker-credential-{suffix}")) => HelperReply::NotAsked,
            Asking::Look | Asking::Says(Says::Missing) => HelperReply::Missing,
            Asking::Says(Says::Ok) => HelperReply::NotAsked,
            Asking::Says(Says::Notfound) => HelperReply::NotFound,
            Asking::Says(Says::Error) => HelperReply::Failed("an error, as --helper-says has it".to_owned()),
        }
    }

    fn list(&self, suffix: &str) -> Option<Vec<String>> {
        match self.asking {
            Asking::Run => programs::list_helper(self.environment, suffix),
            Asking::Look if self.on_path(&format!("docker-credential-{suffix}")) => Some(Vec::new()),
            Asking::Says(Says::Ok | Says::Notfound) => Some(Vec::new()),
            _ => None,
        }
    }

    fn on_path(&self, program: &str) -> bool {
        self.environment.on_path(program).is_some()
    }

    fn platform(&self) -> Platform {
        if cfg!(windows) {
            Platform::Windows
        } else if cfg!(target_os = "macos") {
            Platform::MacOs
        } else {
            Platform::Linux
        }
    }

    fn user_id(&self) -> u32 {
        #[cfg(unix)]
        {
            rustix::process::geteuid().as_raw()
        }
        #[cfg(not(unix))]
        {
            0
        }
    }

    fn registries_conf_helpers(&self) -> Vec<String> {
        registries_conf_helpers(self)
    }
}

/// A file of the environment, as a client meets it.
pub fn file_state(environment: &dyn Environment, path: &Path) -> FileState {
    state(environment.file(path))
}

/// A file on this machine's disk, as a client meets it.
pub fn read(path: &Path) -> FileState {
    state(text_file::read(path))
}

fn state(result: io::Result<Zeroizing<String>>) -> FileState {
    match result {
        Ok(text) => FileState::Text(text),
        // Only what is not there is missing: a path through something that is no directory, or through one that may not
        // be entered, says nothing of what is behind it.
        Err(error) if error.kind() == ErrorKind::NotFound => FileState::Missing,
        Err(error) => FileState::Unreadable(error.to_string()),
    }
}

/// `credential-helpers` of podman's `registries.conf`, the user's before the system's. Source: containers/image
/// `docs/containers-registries.conf.5.md`.
fn registries_conf_helpers(machine: &LocalMachine<'_>) -> Vec<String> {
    #[derive(Default, serde::Deserialize)]
    struct RegistriesConf {
        #[serde(default, rename = "credential-helpers")]
        credential_helpers: Vec<String>,
    }
    let user = machine
        .nonempty_var("XDG_CONFIG_HOME")
        .map(std::path::PathBuf::from)
        .or_else(|| Some(machine.home()?.join(".config")))
        .map(|directory| directory.join("containers/registries.conf"));
    let named = machine.nonempty_var("CONTAINERS_REGISTRIES_CONF").map(std::path::PathBuf::from);
    let places = [named, user, Some("/etc/containers/registries.conf".into())];
    for path in places.into_iter().flatten() {
        if let FileState::Text(text) = machine.file(&path) {
            return toml::from_str::<RegistriesConf>(&text).unwrap_or_default().credential_helpers;
        }
    }
    Vec::new()
}
