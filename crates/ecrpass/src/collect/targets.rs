//! What is asked about: images, registries and files that name them, made into the subjects of a diagnosis.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use docker_credential_ecr_login::{alias_of, has_nothing_for};
use ecrpass_aws::clock;
use ecrpass_clients::client::{Client, FileState, Request, Supplier, resolve, target};
use ecrpass_clients::repair::is_helper;
use ecrpass_core::Registry;
use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_core::visible::visible;
use ecrpass_diagnosis::engine::explain::explain;
use ecrpass_diagnosis::examination::explain_pods;
use ecrpass_diagnosis::facts::{NoSubject, Subject};
use ecrpass_diagnosis::finding::Finding;
use ecrpass_diagnosis::inputs::{self, DeploymentKind, FilePosition};
use ecrpass_system::{bounded, real_path};

use super::cluster::Kubectl;
use crate::error::CommandError;
use crate::system::machine::{Asking, LocalMachine, Says, read};
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
    /// The hosts of the subjects.
    hosts: HashSet<String>,
    /// Names and platforms of what is more than can be looked at: each is much smaller than a subject.
    others: HashSet<(String, String)>,
}

/// How files are read.
#[derive(Clone, Copy)]
pub struct How<'a> {
    /// The variables, and the files beside them.
    pub environment: &'a dyn Environment,
    /// Who pulls or pushes.
    pub client: Client,
    /// The platform that was named.
    pub platform: Option<&'a str>,
    /// The cluster that a file's pods run in, where it is asked.
    pub kubectl: Option<Kubectl<'a>>,
}

/// How many files others may go on in.
const MOST_FILES: usize = 50;

/// Understands the arguments.
///
/// # Errors
/// When one names neither an image, nor a registry, nor a file that names some.
pub fn targets(how: How<'_>, arguments: &[String], end: Instant) -> Result<Targets, CommandError> {
    let mut all = Targets::default();
    for argument in arguments {
        if argument == "-" {
            file(how, &mut all, "stdin", &standard_input_until(end)?)?;
        } else if Path::new(argument).is_dir() {
            return Err(CommandError::could_not_run(
                format!("{} is a directory.", visible(argument)),
                "name a file in it, or the image itself",
            ));
        } else if is_pipe(Path::new(argument)) {
            let text = of_pipe(Path::new(argument), end)?;
            file(how, &mut all, argument, &text)?;
        } else if looks_like_file(argument) && !Path::new(argument).exists() {
            return Err(CommandError::could_not_run(
                format!("{} does not exist.", visible(argument)),
                "check the path, or name the image itself",
            ));
        } else if Path::new(argument).is_file() {
            match read(Path::new(argument)) {
                FileState::Text(text) => file(how, &mut all, argument, &text)?,
                FileState::Unreadable(why) => {
                    let path = Path::new(argument);
                    return Err(CommandError::unreadable(path, &why, "name the image itself"));
                }
                FileState::Missing => {}
            }
        } else {
            let subject = typed(how, &mut all, argument)?;
            all.push(subject);
        }
    }
    all.tell_others();
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
    /// Says what was passed over, because it is more than can be looked at.
    fn tell_others(&mut self) {
        let others = self.others.len();
        if others > 0 {
            let note = format!(
                "{MOST_IMAGES} images of {MOST_REGISTRIES} registries are checked at once; {others} others are not. Name fewer files, or the image itself"
            );
            self.notes.insert(0, note);
        }
    }

    /// Adds a subject, unless it is there or is more than can be looked at.
    fn push(&mut self, subject: Subject) {
        let is_known = self.hosts.contains(&subject.host);
        if !is_known && self.hosts.len() >= MOST_REGISTRIES || self.subjects.len() >= MOST_IMAGES {
            if !self.by_name.contains_key(&subject.name) {
                self.others.insert((subject.name, subject.platform));
            }
            return;
        }
        self.hosts.insert(subject.host.clone());
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
fn go_on(how: How<'_>, all: &mut Targets, place: &FilePosition, continued: &str) {
    let path = Path::new(&place.file).parent().unwrap_or(Path::new("")).join(continued);
    let name = path.display().to_string();
    // Two may name each other, by whatever path.
    let canonical = |path: &Path| real_path(path).unwrap_or_else(|_| path.to_owned());
    all.read.insert(canonical(Path::new(&place.file)));
    if all.read.len() >= MOST_FILES || !all.read.insert(canonical(&path)) {
        return;
    }
    let result = match read(&path) {
        FileState::Text(text) => file(how, all, &name, &text),
        FileState::Missing => Err(CommandError::could_not_run("it does not exist.", "check the path")),
        FileState::Unreadable(why) => {
            Err(CommandError::could_not_run(format!("it cannot be read: {why}."), "check its mode"))
        }
    };
    if let Err(error) = result {
        all.notes.push(format!("{place}: {} is passed over: {error}", visible(&name)));
    }
}

/// An argument that is no file. One that names an alias of a registry is about that registry.
fn typed(how: How<'_>, all: &mut Targets, argument: &str) -> Result<Subject, CommandError> {
    let host = target(argument).map(|(host, _)| host).unwrap_or_default();
    if let Some(registry) = alias_of(&host) {
        let (host, of) = (visible(&host), registry.host());
        all.notes.push(format!("{host} is an alias of {of} in ecrpass's configuration: that is examined"));
        let argument = argument.replacen(&*host, of, 1);
        return Subject::named(&argument, how.platform)
            .map_err(|error| not_named(how, &host, &argument, error));
    }
    Subject::named(argument, how.platform).map_err(|error| not_named(how, &host, argument, error))
}

/// Why an argument names nothing that can be examined.
fn not_named(how: How<'_>, host: &str, argument: &str, error: NoSubject) -> CommandError {
    match error {
        NoSubject::NotEcr(_) => asked_of_us(how, host).unwrap_or_else(|| {
            CommandError::could_not_run(
                format!("{error}."),
                "ecrpass resolve shows which credentials each client would send there",
            )
        }),
        NoSubject::Target(_) => CommandError::could_not_run(
            format!("`{}`: {error}.", redact(argument)),
            "give an ECR image or registry, or a compose file, a Kubernetes manifest or a Dockerfile",
        ),
    }
}

/// What happens where the client asks our helper for a registry that is not ECR's.
fn asked_of_us(how: How<'_>, host: &str) -> Option<CommandError> {
    let machine = LocalMachine::new(how.environment, Asking::Says(Says::Ok));
    let resolution = resolve(&Request::new(how.client, host), &machine);
    let helper = resolution.helper.filter(|helper| is_helper(helper))?;
    let program = format!("docker-credential-{helper}");
    if !has_nothing_for(host) {
        return Some(CommandError::could_not_run(
            format!("{host} is no ECR registry: {program} hands it on to another helper."),
            format!("ecrpass resolve {host} --client {} --run-helper", how.client),
        ));
    }
    let why = match resolution.outcome {
        Supplier::Store => "`credsStore` names it for every registry",
        _ => "`credHelpers` names it for this one",
    };
    Some(CommandError::problems(
        format!(
            "{host} is no ECR registry, and {} asks {program} for it ({why}): that has credentials for ECR registries only, so none are sent.",
            how.client.title()
        ),
        "ecrpass fix",
    ))
}

/// A file that names images.
fn file(how: How<'_>, all: &mut Targets, name: &str, text: &str) -> Result<(), CommandError> {
    let variables = beside(how.environment, Path::new(name));
    let read = |around: Option<&str>| {
        inputs::read_in_cluster(name, text, &variables, around)
            .map_err(|error| CommandError::could_not_run(format!("{error}."), "name the image itself"))
    };
    let mut document = read(None)?;
    let mut around = None;
    match how.kubectl.map_or(Ok(None), |kubectl| kubectl.around(&document)) {
        Ok(Some(found)) => {
            document = read(Some(&found))?;
            around = Some(found);
        }
        Ok(None) => {}
        Err(why) => all.notes.push(format!("{name}: the cluster was not asked: {why}")),
    }
    if document.kind == DeploymentKind::Kubernetes {
        let (found, notes) =
            explain_pods(name, text, around.as_ref().map(|text| text.as_str()), clock::now());
        all.messages.extend(found);
        all.notes.extend(notes);
    }
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
        let subject = Subject::of(found, how.platform);
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
        go_on(how, all, place, continued);
    }
    for build in &document.dockerfiles {
        all.notes.push(format!(
            "{}: is built from {}, which can be named here, too",
            build.place, build.dockerfile
        ));
    }
    Ok(())
}
