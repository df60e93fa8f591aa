//! The machine we run on, as the core's client models want to see it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use docker_credential_ecr_login::has_nothing_for;
use ecrpass_clients::client::{
    ClientEnvironment, FileState, HelperReply, Parsed, ReadFailure, registries_conf,
};
use ecrpass_clients::repair::is_helper;
use ecrpass_core::environment::Environment;
use ecrpass_system::ProcessEnvironment;
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
    /// What was read of its files.
    pub parsed: Arc<Parsed>,
}

impl<'a> LocalMachine<'a> {
    /// One whose helpers are asked in this manner.
    pub fn new(environment: &'a dyn Environment, asking: Asking) -> Self {
        Self::sharing(environment, asking, &Arc::default())
    }

    /// One that shares what was parsed of its files with others.
    pub fn sharing(environment: &'a dyn Environment, asking: Asking, parsed: &Arc<Parsed>) -> Self {
        Self { environment, asking, parsed: Arc::clone(parsed) }
    }

    /// One whose helpers are only looked for.
    pub fn looking(environment: &'a dyn Environment) -> Self {
        Self::new(environment, Asking::Look)
    }
}

impl ClientEnvironment for LocalMachine<'_> {
    fn environment(&self) -> &dyn Environment {
        self.environment
    }

    fn ask(&self, suffix: &str, server_url: &str) -> HelperReply {
        match self.asking {
            Asking::Run => programs::ask_helper(self.environment, suffix, server_url),
            Asking::Look if !self.on_path(&format!("docker-credential-{suffix}")) => HelperReply::Missing,
            // What it answers is known without asking.
            Asking::Look if is_helper(suffix) && has_nothing_for(server_url) => HelperReply::NotFound,
            Asking::Look => HelperReply::NotAsked,
            Asking::Says(Says::Missing) => HelperReply::Missing,
            Asking::Says(Says::Ok) => HelperReply::Assumed,
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

    fn registries_conf_helpers(&self) -> Vec<String> {
        registries_conf_helpers(self.environment)
    }

    fn parsed(&self) -> Option<&Parsed> {
        Some(&self.parsed)
    }

    fn file(&self, path: &Path) -> FileState {
        self.parsed.file(path, || FileState::read(self.environment, path))
    }
}

/// A file on this machine's disk, as a client meets it.
pub fn read(path: &Path) -> FileState {
    FileState::read(&ProcessEnvironment, path)
}

/// A file that a command line names: it may be a pipe, as the shell's `<(…)` makes one. What came out of that is kept,
/// as it is gone from there, and several questions may lead to it.
pub fn read_named(path: &Path) -> FileState {
    static CAME_OUT: Mutex<Vec<(PathBuf, Arc<Zeroizing<String>>)>> = Mutex::new(Vec::new());
    let came_out = || CAME_OUT.lock().unwrap_or_else(PoisonError::into_inner);
    let is_file = path.metadata().is_ok_and(|metadata| metadata.is_file());
    if !is_file && let Some((_, text)) = came_out().iter().find(|(of, _)| of == path) {
        return FileState::Text(Arc::clone(text));
    }
    match ecrpass_system::text_file::read_named(path) {
        Ok(text) => {
            let text = Arc::new(text);
            if !is_file {
                came_out().push((path.to_owned(), Arc::clone(&text)));
            }
            FileState::Text(text)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => FileState::Missing,
        Err(error) => FileState::Unreadable(ReadFailure::from(&error)),
    }
}

/// A file that a command line names, that is read once, and that may be larger than others.
pub fn read_named_at_most(path: &Path, most: usize) -> FileState {
    match ecrpass_system::text_file::read_named_at_most(path, most) {
        Ok(text) => FileState::Text(Arc::new(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => FileState::Missing,
        Err(error) => FileState::Unreadable(ReadFailure::from(&error)),
    }
}

/// `credential-helpers` of podman's `registries.conf`, the user's before the system's. Source: containers/image
/// `docs/containers-registries.conf.5.md`.
fn registries_conf_helpers(environment: &dyn Environment) -> Vec<String> {
    let user = environment
        .nonempty_var("XDG_CONFIG_HOME")
        .map(std::path::PathBuf::from)
        .or_else(|| Some(environment.home()?.join(".config")))
        .map(|directory| directory.join("containers/registries.conf"));
    let named = environment.nonempty_var("CONTAINERS_REGISTRIES_CONF").map(std::path::PathBuf::from);
    let places = [named, user, Some("/etc/containers/registries.conf".into())];
    for path in places.into_iter().flatten() {
        if let FileState::Text(text) = FileState::read(environment, &path) {
            return registries_conf::credential_helpers(&text);
        }
    }
    Vec::new()
}
