//! The files a client reads, and reading one.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use ecrpass_json::{Document, Position};

use super::environment::{ClientEnvironment, FileState};
use super::parsed::parse;
use super::resolution::{Ending, Entry, Sent, Trace, at};
use crate::docker_config::{AuthsEntry, Dialect, DockerConfig, Format, ProblemKind};
use ecrpass_core::environment::{Environment, OperatingSystem};

/// A file that could be read as a configuration.
pub(super) struct Loaded {
    pub(super) path: PathBuf,
    pub(super) config: Rc<DockerConfig>,
    document: Rc<Document>,
}

impl Loaded {
    /// The place of a byte.
    pub(super) fn place(&self, offset: usize) -> Position {
        self.document.place(offset)
    }

    /// File, line and column of a byte, for a step.
    pub(super) fn at(&self, offset: usize) -> String {
        at(&self.path, self.place(offset))
    }

    /// An entry as an ending wants it.
    pub(super) fn named(&self, entry: &AuthsEntry) -> Entry {
        Entry {
            key: entry.key.clone(),
            place: self.place(entry.span.start),
            expires_at: entry.credentials.expires_at(),
        }
    }

    /// The login that an entry holds; `None` where there is no password in it.
    pub(super) fn password_of(&self, entry: &AuthsEntry, trace: &mut Trace) -> Option<Ending> {
        let (user, password) = entry.credentials.decoded().ok()??;
        if password.is_empty() {
            return None;
        }
        trace.found(
            format!("auths[\"{}\"]", entry.key),
            format!("holds a password for user {user} ({})", self.at(entry.span.start)),
        );
        Some(Ending::Auths {
            file: self.path.clone(),
            entries: vec![self.named(entry)],
            sent: Sent::Basic(vec![user]),
        })
    }
}

/// What came of reading a file.
pub(super) enum Load {
    /// There is none.
    Missing,
    /// There is one, and the client cannot read it; why.
    Refused(String),
    /// It was read.
    Loaded(Box<Loaded>),
}

/// Reads a file.
pub(super) fn load(machine: &dyn ClientEnvironment, path: &Path, format: Format, dialect: Dialect) -> Load {
    let text = match machine.file(path) {
        FileState::Missing => return Load::Missing,
        FileState::Unreadable(why) => return Load::Refused(format!("{}: {why}", path.display())),
        FileState::Text(text) => text,
    };
    let parsed = match machine.parsed() {
        Some(known) => known.of(path, format, dialect, &text),
        None => parse(format, dialect, &text),
    };
    match parsed {
        Ok((document, config)) => {
            if let Some(mark) = config.problems.iter().find(|p| p.kind == ProblemKind::ByteOrderMark) {
                return Load::Refused(format!("{}: {}", at(path, mark.place), mark.message));
            }
            Load::Loaded(Box::new(Loaded { path: path.to_owned(), config, document }))
        }
        Err(error) => Load::Refused(format!("{}: {error}", at(path, error.place))),
    }
}

/// Reads a file as docker and its relatives do: one that is refused counts as empty, after a warning.
pub(super) fn load_leniently(
    machine: &dyn ClientEnvironment,
    path: &Path,
    format: Format,
    dialect: Dialect,
    trace: &mut Trace,
) -> Option<Box<Loaded>> {
    let step = path.display().to_string();
    match load(machine, path, format, dialect) {
        Load::Missing => {
            trace.not_found(step, "there is no such file");
            None
        }
        Load::Refused(why) => {
            trace.not_found(step, format!("is ignored, with a warning: {why}"));
            None
        }
        Load::Loaded(loaded) => {
            let wrong = loaded.config.problems.iter().find(|problem| problem.kind.stops_go());
            let detail = match wrong {
                Some(problem) => {
                    format!(
                        "is read as far as it goes, its `auths` undecoded: {}: {}",
                        problem.place, problem.message
                    )
                }
                None => "is read".to_owned(),
            };
            trace.found(step, detail);
            Some(loaded)
        }
    }
}

/// docker's own file: `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`.
pub fn docker(environment: &dyn Environment) -> Option<PathBuf> {
    match environment.nonempty_var("DOCKER_CONFIG") {
        Some(directory) => Some(PathBuf::from(directory).join("config.json")),
        None => Some(environment.home()?.join(".docker").join("config.json")),
    }
}

/// The legacy file of old clients.
pub fn dockercfg(environment: &dyn Environment) -> Option<PathBuf> {
    Some(environment.home()?.join(".dockercfg"))
}

/// podman's files that come before docker's: the runtime directory's, then the configuration directory's.
pub fn podman(environment: &dyn Environment) -> Vec<PathBuf> {
    let runtime = match environment.nonempty_var("XDG_RUNTIME_DIR") {
        Some(directory) => Some(PathBuf::from(directory).join("containers")),
        // containers/image keeps it elsewhere on macOS and Windows.
        None if environment.system() == OperatingSystem::Linux => {
            Some(PathBuf::from(format!("/run/containers/{}", environment.user_id())))
        }
        None => environment.home().map(|home| home.join(".config").join("containers")),
    };
    let config = environment
        .nonempty_var("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| environment.home().map(|home| home.join(".config")))
        .map(|directory| directory.join("containers"));
    let mut files: Vec<PathBuf> =
        [runtime, config].into_iter().flatten().map(|directory| directory.join("auth.json")).collect();
    files.dedup();
    files
}

/// Helm's own file.
pub fn helm(environment: &dyn Environment) -> Option<PathBuf> {
    if let Some(path) = environment.nonempty_var("HELM_REGISTRY_CONFIG") {
        return Some(PathBuf::from(path));
    }
    let home = || environment.home();
    let directory = match environment.nonempty_var("HELM_CONFIG_HOME") {
        Some(directory) => PathBuf::from(directory),
        None => match (environment.nonempty_var("XDG_CONFIG_HOME"), environment.system()) {
            (Some(directory), _) => PathBuf::from(directory).join("helm"),
            (None, OperatingSystem::Linux) => home()?.join(".config").join("helm"),
            (None, OperatingSystem::MacOs) => home()?.join("Library").join("Preferences").join("helm"),
            (None, OperatingSystem::Windows) => {
                PathBuf::from(environment.nonempty_var("APPDATA")?).join("helm")
            }
        },
    };
    Some(directory.join("registry").join("config.json"))
}
