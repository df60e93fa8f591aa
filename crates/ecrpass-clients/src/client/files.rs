//! Which files a client reads, and reading one.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use ecrpass_json::Document;

use super::environment::{ClientEnvironment, FileState};
use super::loaded::Loaded;
use super::resolution::{Trace, at};
use crate::docker_config::{Dialect, DockerConfig, Format, ProblemKind};
use ecrpass_core::environment::{Environment, OperatingSystem};

/// What came of reading a file.
pub(super) enum Load {
    /// There is none.
    Missing,
    /// There is one, and the client cannot read it; why.
    Refused(String),
    /// It was read.
    Loaded(Rc<Loaded>),
}

/// Reads a file; one with a byte order mark is refused.
pub(super) fn load(machine: &dyn ClientEnvironment, path: &Path, format: Format, dialect: Dialect) -> Load {
    match load_marked(machine, path, format, dialect) {
        Load::Loaded(loaded) => {
            let mut problems = loaded.config.problems.iter();
            match problems.find(|problem| problem.kind == ProblemKind::ByteOrderMark) {
                Some(mark) => Load::Refused(format!("{}: {}", at(path, mark.place), mark.message)),
                None => Load::Loaded(loaded),
            }
        }
        other => other,
    }
}

/// Reads a file, with or without a byte order mark.
pub(super) fn load_marked(
    machine: &dyn ClientEnvironment,
    path: &Path,
    format: Format,
    dialect: Dialect,
) -> Load {
    let text = match machine.file(path) {
        FileState::Missing => return Load::Missing,
        FileState::Unreadable(why) => return Load::Refused(format!("{}: {why}", path.display())),
        FileState::Text(text) => text,
    };
    if let Some(known) = machine.parsed().and_then(|parsed| parsed.find(path, format, dialect, &text)) {
        return Load::Loaded(known);
    }
    match Document::parse(&text) {
        Ok(document) => {
            let config = DockerConfig::read_as(&document, format, dialect);
            let loaded = Rc::new(Loaded { path: path.to_owned(), format, dialect, config, document });
            if let Some(parsed) = machine.parsed() {
                parsed.keep(&loaded);
            }
            Load::Loaded(loaded)
        }
        Err(error) => Load::Refused(format!("{}: {error}", at(path, error.place))),
    }
}

/// A file as Go's clients understand it, whatever they would say to a byte order mark; `None` where it is not there or
/// cannot be understood.
pub fn understood(machine: &dyn ClientEnvironment, path: &Path, format: Format) -> Option<Rc<Loaded>> {
    match load_marked(machine, path, format, Dialect::Go) {
        Load::Loaded(loaded) => Some(loaded),
        Load::Missing | Load::Refused(_) => None,
    }
}

/// Reads a file as docker and its relatives do: one that is refused counts as empty, after a warning, and one with a
/// problem that stops them is read as far as that.
pub(super) fn load_leniently(
    machine: &dyn ClientEnvironment,
    path: &Path,
    format: Format,
    dialect: Dialect,
    stops: &dyn Fn(ProblemKind) -> bool,
    trace: &mut Trace,
) -> Option<Rc<Loaded>> {
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
            let wrong = loaded.config.problems.iter().find(|problem| stops(problem.kind));
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

/// Reads a file as clients do that end with an error at one they cannot read: `None` where there is none or nothing in it.
///
/// # Errors
/// What is wrong with the file, and where.
pub(super) fn load_or_stop(
    machine: &dyn ClientEnvironment,
    path: &Path,
    format: Format,
    dialect: Dialect,
    trace: &mut Trace,
) -> Result<Option<Rc<Loaded>>, String> {
    let step = path.display().to_string();
    if matches!(machine.file(path), FileState::Text(text) if text.trim().is_empty()) {
        trace.not_found(step, "is empty");
        return Ok(None);
    }
    match load(machine, path, format, dialect) {
        Load::Missing => {
            trace.not_found(step, "there is no such file");
            Ok(None)
        }
        Load::Refused(why) => Err(why),
        Load::Loaded(loaded) => {
            trace.found(step, "is read");
            Ok(Some(loaded))
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
