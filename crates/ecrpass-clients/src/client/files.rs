//! Which files a client reads, and reading one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecrpass_json::document::MAX_VALUES;
use ecrpass_json::{Document, InvalidDocument};
use zeroize::Zeroizing;

use super::environment::{ClientEnvironment, FileState};
use super::loaded::Loaded;
use super::read_failure::Obstacle;
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
    Loaded(Arc<Loaded>),
}

/// What a program reads that is not quite one JSON value in UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// Go's decoder: the first value, whatever stands behind it, and U+FFFD in place of what is no UTF-8.
    Decoder,
    /// Go's `json.Unmarshal`: the same, but nothing may stand behind it.
    Unmarshal,
    /// Java's Jackson: the first value, all of it UTF-8, and a byte order mark may stand in front. Source: jackson-databind
    /// `DeserializationFeature.java#FAIL_ON_TRAILING_TOKENS`, which is off.
    Jackson,
    /// Python's `json.load`: one value in UTF-8.
    Python,
}

impl Reader {
    /// Whether such a problem makes it refuse the file.
    fn refuses(self, kind: ProblemKind) -> bool {
        match kind {
            ProblemKind::ByteOrderMark => self != Self::Jackson,
            ProblemKind::TrailingText => matches!(self, Self::Unmarshal | Self::Python),
            _ => false,
        }
    }
}

/// Reads a file.
pub(super) fn load(
    machine: &dyn ClientEnvironment,
    path: &Path,
    format: Format,
    dialect: Dialect,
    reader: Reader,
) -> Load {
    let (text, no_text) = match machine.file(path) {
        FileState::Missing => return Load::Missing,
        FileState::Text(text) => (text, None),
        FileState::Unreadable(why) => {
            let refused = Load::Refused(format!("{}: {why}", path.display()));
            match why.as_go_reads() {
                Some(text) if matches!(reader, Reader::Decoder | Reader::Unmarshal) => {
                    (Arc::clone(text), Some(refused))
                }
                _ => return refused,
            }
        }
    };
    match understand(machine, path, format, dialect, &text) {
        // That it is no text says more than what its bytes look like.
        Err(error) => no_text.unwrap_or_else(|| Load::Refused(format!("{}: {error}", at(path, error.place)))),
        Ok(loaded) => {
            let mut problems = loaded.config.problems.iter();
            match problems.find(|problem| reader.refuses(problem.kind)) {
                Some(wrong) => Load::Refused(format!("{}: {}", at(path, wrong.place), wrong.message)),
                None => Load::Loaded(loaded),
            }
        }
    }
}

/// What a file's text says to clients of such a dialect. Of a large file, that is found out once, and not for each of them.
///
/// # Errors
/// [`InvalidDocument`] when no client reads anything of it, or it is more than this program reads.
pub fn understand(
    machine: &dyn ClientEnvironment,
    path: &Path,
    format: Format,
    dialect: Dialect,
    text: &Arc<Zeroizing<String>>,
) -> Result<Arc<Loaded>, InvalidDocument> {
    if let Some(known) = machine.parsed().and_then(|parsed| parsed.find(path, format, dialect, text)) {
        return Ok(known);
    }
    let document = document(machine, path, text)?;
    let config = DockerConfig::read_as(&document, format, dialect);
    let loaded = Arc::new(Loaded { path: path.to_owned(), format, dialect, config, document });
    if let Some(parsed) = machine.parsed() {
        parsed.keep(&loaded);
    }
    Ok(loaded)
}

/// A file's first JSON value.
fn document(
    machine: &dyn ClientEnvironment,
    path: &Path,
    text: &Arc<Zeroizing<String>>,
) -> Result<Arc<Document>, InvalidDocument> {
    let parsed = machine.parsed();
    if let Some(error) = parsed.and_then(|parsed| parsed.find_invalid(path, text)) {
        return Err(error);
    }
    if let Some(known) = parsed.and_then(|parsed| parsed.find_document(path, text)) {
        return Ok(known);
    }
    let document = Document::parse_shared(text);
    if let (Err(error), Some(parsed)) = (&document, parsed) {
        parsed.keep_invalid(path, text, error);
    }
    document.map(Arc::new)
}

/// A file as Go's clients understand it, whatever they would say to a byte order mark; `None` where it is not there or
/// cannot be understood.
pub fn understood(machine: &dyn ClientEnvironment, path: &Path, format: Format) -> Option<Arc<Loaded>> {
    let text = match machine.file(path) {
        FileState::Text(text) => text,
        FileState::Unreadable(why) => Arc::clone(why.as_go_reads()?),
        FileState::Missing => return None,
    };
    understand(machine, path, format, Dialect::Go, &text).ok()
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
) -> Option<Arc<Loaded>> {
    let step = path.display().to_string();
    let reader = if dialect == Dialect::Go { Reader::Decoder } else { Reader::Python };
    match load(machine, path, format, dialect, reader) {
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

/// Reads a file with Go's decoder, as clients do that end with an error at one they cannot read: `None` where there is none or nothing in it.
///
/// # Errors
/// What is wrong with the file, and where.
pub(super) fn load_or_stop(
    machine: &dyn ClientEnvironment,
    path: &Path,
    format: Format,
    dialect: Dialect,
    trace: &mut Trace,
) -> Result<Option<Arc<Loaded>>, String> {
    let step = path.display().to_string();
    if matches!(machine.file(path), FileState::Text(text) if text.trim().is_empty()) {
        trace.not_found(step, "is empty");
        return Ok(None);
    }
    match load(machine, path, format, dialect, Reader::Decoder) {
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

/// A file as the library of docker's CLI reads it: the first fault ends it, be it in the entry of another registry. Source:
/// docker/cli `cli/config/configfile/file.go#LoadFromReader`.
///
/// # Errors
/// What is wrong with the file, and where.
pub(super) fn load_undamaged(
    machine: &dyn ClientEnvironment,
    path: &Path,
    format: Format,
    trace: &mut Trace,
) -> Result<Option<Arc<Loaded>>, String> {
    let loaded = load_or_stop(machine, path, format, Dialect::Go, trace)?;
    let stops = |kind: ProblemKind| {
        matches!(kind, ProblemKind::WrongType | ProblemKind::WrongDockerType | ProblemKind::Undecodable)
    };
    let mut problems = loaded.iter().flat_map(|loaded| &loaded.config.problems);
    match problems.find(|problem| stops(problem.kind)) {
        Some(problem) => Err(format!("{}:{}: {}", path.display(), problem.place, problem.message)),
        None => Ok(loaded),
    }
}

/// Why nobody can tell what a client makes of a file: it is beyond what this program reads, and no client has such limits.
pub(super) fn limit(machine: &dyn ClientEnvironment, path: &Path) -> Option<String> {
    let words = match machine.file(path) {
        FileState::Unreadable(why) if why.obstacle == Obstacle::TooLarge => {
            format!("{why}, and ecrpass reads no more")
        }
        // It was read, or there are so few values that there are not too many.
        FileState::Text(text)
            if machine.parsed().is_some_and(|parsed| parsed.find_document(path, &text).is_some())
                || !has_many(&text, MAX_VALUES) =>
        {
            return None;
        }
        FileState::Text(text) => {
            let error = document(machine, path, &text).err().filter(|error| error.is_limit)?;
            format!("{error}, and ecrpass reads no more")
        }
        FileState::Missing | FileState::Unreadable(_) => return None,
    };
    Some(format!("{}: {words}", path.display()))
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

/// Whether a text may hold that many values: each but the first has one of these before it.
fn has_many(text: &str, values: usize) -> bool {
    text.len() >= values
        && text.bytes().filter(|byte| b",{[".contains(byte)).nth(values.saturating_sub(1)).is_some()
}
