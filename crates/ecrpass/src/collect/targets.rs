//! What is asked about: images, registries and files that name them, made into the subjects of a diagnosis.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use ecrpass_clients::client::FileState;
use ecrpass_core::Registry;
use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_core::visible::visible;
use ecrpass_diagnosis::engine::explain::explain;
use ecrpass_diagnosis::facts::{NoSubject, Subject};
use ecrpass_diagnosis::finding::Finding;
use ecrpass_diagnosis::inputs::{self, FilePosition};
use ecrpass_system::bounded;

use crate::error::CommandError;
use crate::system::machine::read;
use crate::system::standard_input::standard_input_until;
use crate::system::variables::beside;

/// What is asked about.
#[derive(Default)]
pub struct Targets {
    /// The registries and images.
    pub subjects: Vec<Subject>,
    /// What messages in the files, such as those of pods that wait, already say.
    pub messages: Vec<Finding>,
    /// What was passed over.
    pub notes: Vec<String>,
    /// The files that others go on in, each read once.
    read: HashSet<PathBuf>,
    /// Where in the subjects each name is.
    by_name: HashMap<String, Vec<usize>>,
}

/// How many files others may go on in.
const MOST_FILES: usize = 50;

/// Understands the arguments.
///
/// # Errors
/// When one names neither an image, nor a registry, nor a file that names some.
pub fn targets(
    environment: &dyn Environment,
    arguments: &[String],
    platform: Option<&str>,
    end: Instant,
) -> Result<Targets, CommandError> {
    let mut all = Targets::default();
    for argument in arguments {
        if argument == "-" {
            file(environment, &mut all, "stdin", &standard_input_until(end)?, platform)?;
        } else if Path::new(argument).is_dir() {
            return Err(CommandError::could_not_run(
                format!("{} is a directory.", visible(argument)),
                "name a file in it, or the image itself",
            ));
        } else if is_pipe(Path::new(argument)) {
            let text = of_pipe(Path::new(argument), end)?;
            file(environment, &mut all, argument, &text, platform)?;
        } else if looks_like_file(argument) && !Path::new(argument).exists() {
            return Err(CommandError::could_not_run(
                format!("{} does not exist.", visible(argument)),
                "check the path, or name the image itself",
            ));
        } else if Path::new(argument).is_file() {
            match read(Path::new(argument)) {
                FileState::Text(text) => file(environment, &mut all, argument, &text, platform)?,
                FileState::Unreadable(why) => {
                    let path = Path::new(argument);
                    return Err(CommandError::unreadable(path, &why, "name the image itself"));
                }
                FileState::Missing => {}
            }
        } else {
            all.push(typed(argument, platform)?);
        }
    }
    all.keep_few();
    Ok(all)
}

/// How many registries are asked at once, each of which takes some threads and connections, and how many images are
/// looked at, each of which takes some memory.
const MOST_REGISTRIES: usize = 100;
const MOST_IMAGES: usize = 500;

/// The most that is read of a pipe, in bytes.
const MAX_PIPE: usize = 32 << 20;

/// Reads a pipe, as the shell's `<(…)` makes one, until its writer closes it.
fn of_pipe(path: &Path, end: Instant) -> Result<String, CommandError> {
    let cannot = |why: &dyn std::fmt::Display| {
        CommandError::could_not_run(
            format!("{} cannot be read: {why}.", path.display()),
            "name the image itself, or a file",
        )
    };
    let bytes = bounded::read_until(path, MAX_PIPE, end).map_err(|error| cannot(&error))?;
    String::from_utf8(bytes).map_err(|_| cannot(&"it is not UTF-8"))
}

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    path.metadata()
        .is_ok_and(|metadata| metadata.file_type().is_fifo() || metadata.file_type().is_char_device())
}

#[cfg(not(unix))]
fn is_pipe(_: &Path) -> bool {
    false
}

/// Whether an argument can only be meant for a file.
fn looks_like_file(argument: &str) -> bool {
    let start = ["./", "../", "/", "~/"].iter().any(|start| argument.starts_with(start));
    let end = [".yaml", ".yml", ".json", ".Dockerfile"].iter().any(|end| argument.ends_with(end));
    start || end
}

/// How many of the configured registries are checked when none is named.
const MOST_CONFIGURED: usize = 25;

/// The registries that configurations name, where nothing is asked about in particular; and how many there are besides.
pub fn configured(hosts: impl Iterator<Item = String>) -> (Vec<Subject>, usize) {
    let mut hosts = hosts.filter(|host| Registry::parse(host).is_ok());
    let mut subjects = Vec::new();
    for host in hosts.by_ref().take(MOST_CONFIGURED) {
        subjects.push(Subject { name: host.clone(), host, ..Subject::default() });
    }
    (subjects, hosts.count())
}

impl Targets {
    /// Passes over what is more than can be looked at, and says so.
    fn keep_few(&mut self) {
        let (mut hosts, before) = (HashSet::new(), self.subjects.len());
        self.subjects.retain(|subject| {
            hosts.contains(&subject.host)
                || hosts.len() < MOST_REGISTRIES && hosts.insert(subject.host.clone())
        });
        self.subjects.truncate(MOST_IMAGES);
        let others = before - self.subjects.len();
        if others > 0 {
            let note = format!(
                "{MOST_IMAGES} images of {MOST_REGISTRIES} registries are checked at once; {others} others are not. Name fewer files, or the image itself"
            );
            self.notes.insert(0, note);
        }
    }

    /// Adds a subject, unless it is there.
    fn push(&mut self, subject: Subject) {
        let named_alike = self.by_name.entry(subject.name.clone()).or_default();
        let is_same = |other: &Subject| other.puller == subject.puller && other.platform == subject.platform;
        if !named_alike.iter().any(|&index| self.subjects.get(index).is_some_and(is_same)) {
            named_alike.push(self.subjects.len());
            self.subjects.push(subject);
        }
    }
}

/// Reads the file that another goes on in, once. What cannot be read is passed over with a note: the images of the file
/// that was named are still worth checking.
fn go_on(
    environment: &dyn Environment,
    all: &mut Targets,
    place: &FilePosition,
    continued: &str,
    platform: Option<&str>,
) {
    let path = Path::new(&place.file).parent().unwrap_or(Path::new("")).join(continued);
    let name = path.display().to_string();
    // Two may name each other, by whatever path.
    let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    all.read.insert(canonical(Path::new(&place.file)));
    if all.read.len() >= MOST_FILES || !all.read.insert(canonical(&path)) {
        return;
    }
    let result = match read(&path) {
        FileState::Text(text) => file(environment, all, &name, &text, platform),
        FileState::Missing => Err(CommandError::could_not_run("it does not exist.", "check the path")),
        FileState::Unreadable(why) => {
            Err(CommandError::could_not_run(format!("it cannot be read: {why}."), "check its mode"))
        }
    };
    if let Err(error) = result {
        all.notes.push(format!("{place}: {} is passed over: {error}", visible(&name)));
    }
}

/// An argument that is no file.
fn typed(argument: &str, platform: Option<&str>) -> Result<Subject, CommandError> {
    Subject::named(argument, platform).map_err(|error| match error {
        NoSubject::NotEcr(_) => CommandError::could_not_run(
            format!("{error}."),
            "ecrpass resolve shows which credentials each client would send there",
        ),
        NoSubject::Target(_) => CommandError::could_not_run(
            format!("`{}`: {error}.", redact(argument)),
            "give an ECR image or registry, or a compose file, a Kubernetes manifest or a Dockerfile",
        ),
    })
}

/// A file that names images.
fn file(
    environment: &dyn Environment,
    all: &mut Targets,
    name: &str,
    text: &str,
    platform: Option<&str>,
) -> Result<(), CommandError> {
    let document = inputs::read(name, text, &beside(environment, Path::new(name)))
        .map_err(|error| CommandError::could_not_run(format!("{error}."), "name the image itself"))?;
    for (place, message) in &document.messages {
        for mut found in explain(&place.file, message) {
            for evidence in &mut found.evidence {
                evidence.line = Some(place.line);
            }
            all.messages.push(found);
        }
    }
    let mut others = 0;
    for found in &document.targets {
        let subject = Subject::of(found, platform);
        if found.registry.is_some() || subject.malformed.is_some() {
            all.push(subject);
        } else {
            others += 1;
        }
        for note in &found.notes {
            let at = found.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
            all.notes.push(format!("{at}{note}"));
        }
    }
    if others > 0 {
        let images = if others == 1 { "image is" } else { "images are" };
        all.notes.push(format!("{name}: {others} {images} not on ECR, skipped"));
    }
    for (place, continued) in &document.continued {
        go_on(environment, all, place, continued, platform);
    }
    for build in &document.dockerfiles {
        all.notes.push(format!(
            "{}: is built from {}, which can be named here, too",
            build.place, build.dockerfile
        ));
    }
    Ok(())
}
