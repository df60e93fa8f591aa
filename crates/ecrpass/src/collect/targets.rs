//! What is asked about: images, registries and files that name them, made into the subjects of a diagnosis.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use ecrpass_clients::client::FileState;
use ecrpass_core::Registry;
use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_core::visible::visible;
use ecrpass_diagnosis::engine::explain::explain;
use ecrpass_diagnosis::facts::{NoSubject, Subject};
use ecrpass_diagnosis::finding::Finding;
use ecrpass_diagnosis::inputs::{self, FilePosition};

use crate::error::CommandError;
use crate::system::machine::read;
use crate::system::standard_input::standard_input;
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
) -> Result<Targets, CommandError> {
    let mut all = Targets::default();
    for argument in arguments {
        if argument == "-" {
            file(environment, &mut all, "stdin", &standard_input()?, platform)?;
        } else if Path::new(argument).is_dir() {
            return Err(CommandError::could_not_run(
                format!("{} is a directory.", visible(argument)),
                "name a file in it, or the image itself",
            ));
        } else if is_pipe(Path::new(argument)) {
            let mut text = String::new();
            std::fs::File::open(argument)?.take(MAX_PIPE).read_to_string(&mut text)?;
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
            let subject = typed(argument, platform)?;
            push(&mut all.subjects, subject);
        }
    }
    Ok(all)
}

/// The most that is read of a pipe, in bytes.
const MAX_PIPE: u64 = 32 << 20;

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
pub const MOST_CONFIGURED: usize = 25;

/// The registries that configurations name, where nothing is asked about in particular.
pub fn configured(hosts: impl Iterator<Item = String>) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for host in hosts.filter(|host| Registry::parse(host).is_ok()).take(MOST_CONFIGURED) {
        push(&mut subjects, Subject { name: host.clone(), host, ..Subject::default() });
    }
    subjects
}

fn push(subjects: &mut Vec<Subject>, subject: Subject) {
    let is_same = |other: &Subject| {
        other.name == subject.name && other.puller == subject.puller && other.platform == subject.platform
    };
    if !subjects.iter().any(is_same) {
        subjects.push(subject);
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
            push(&mut all.subjects, subject);
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
