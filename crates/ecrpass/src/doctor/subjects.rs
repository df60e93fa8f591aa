//! What is asked about: images, registries and files that name them, made into the subjects of a diagnosis.

use std::env;
use std::io::Read;
use std::path::Path;

use ecrpass_clients::client::FileState;
use ecrpass_core::platform::normal;
use ecrpass_core::redact::redact;
use ecrpass_core::registry::HostError;
use ecrpass_core::visible::visible;
use ecrpass_core::{DiagnosisId, Registry};
use ecrpass_diagnosis::engine::explain::explain;
use ecrpass_diagnosis::facts::{Origin, Refused, Subject};
use ecrpass_diagnosis::finding::Finding;
use ecrpass_diagnosis::inputs::{self, Launch, Puller, Target, TargetError};

use crate::error::CommandError;
use crate::machine::read;
use crate::rewrite::standard_input;

/// What is asked about.
#[derive(Default)]
pub struct Subjects {
    /// The registries and images.
    pub subjects: Vec<Subject>,
    /// What messages in the files, such as those of pods that wait, already say.
    pub messages: Vec<Finding>,
    /// What was passed over.
    pub notes: Vec<String>,
}

/// Understands the arguments.
///
/// # Errors
/// When one names neither an image, nor a registry, nor a file that names some.
pub fn subjects(arguments: &[String], platform: Option<&str>) -> Result<Subjects, CommandError> {
    let mut all = Subjects::default();
    for argument in arguments {
        if argument == "-" {
            file(&mut all, "stdin", &standard_input()?, platform)?;
        } else if Path::new(argument).is_dir() {
            return Err(CommandError::could_not_run(
                format!("{} is a directory.", visible(argument)),
                "name a file in it, or the image itself",
            ));
        } else if is_pipe(Path::new(argument)) {
            let mut text = String::new();
            std::fs::File::open(argument)?.take(MAX_PIPE).read_to_string(&mut text)?;
            file(&mut all, argument, &text, platform)?;
        } else if looks_like_file(argument) && !Path::new(argument).exists() {
            return Err(CommandError::could_not_run(
                format!("{} does not exist.", visible(argument)),
                "check the path, or name the image itself",
            ));
        } else if Path::new(argument).is_file() {
            match read(Path::new(argument)) {
                FileState::Text(text) => file(&mut all, argument, &text, platform)?,
                FileState::Unreadable(why) => {
                    return Err(CommandError::could_not_run(
                        format!("{argument} cannot be read: {why}."),
                        "name the image itself",
                    ));
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

/// The registries that configurations name, where nothing is asked about in particular.
pub fn configured(hosts: impl Iterator<Item = String>) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for host in hosts {
        if Registry::parse(&host).is_ok() {
            push(&mut subjects, Subject { name: host.clone(), host, ..Subject::default() });
        }
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

/// An argument that is no file.
fn typed(argument: &str, platform: Option<&str>) -> Result<Subject, CommandError> {
    let name = redact(argument).into_owned();
    let wrong = |id: DiagnosisId, what: String, next: &str, host: String| Subject {
        name: name.clone(),
        host,
        malformed: Some(Refused {
            id: id.slug().to_owned(),
            what: redact(&what).into_owned(),
            next: next.to_owned(),
            step: None,
            transient: false,
        }),
        ..Subject::default()
    };
    match inputs::parse(argument) {
        Ok(found) => {
            if found.registry.is_none() {
                return not_ecr(&found, &wrong);
            }
            let mut subject = subject(&found, platform);
            subject.name = name.clone();
            if subject.repository.as_deref().is_some_and(|repository| repository.contains(".dkr.ecr.")) {
                let inner =
                    subject.repository.as_deref().and_then(|name| name.split_once('/')).map(|(_, rest)| rest);
                let what = format!("The repository's name holds a registry's host: `{}`.", name);
                let next = inner.map(|inner| format!("use {}/{inner}", subject.host)).unwrap_or_default();
                return Ok(wrong(DiagnosisId::RepoNameIncludesRegistry, what, &next, subject.host));
            }
            Ok(subject)
        }
        Err(TargetError::Host(error)) => {
            let host = match &error {
                HostError::Malformed { host, .. } | HostError::NotEcr { host } => host.clone(),
            };
            Ok(wrong(DiagnosisId::MalformedRegistryHost, format!("{error}."), "", host))
        }
        Err(TargetError::Image(error)) => {
            let host = argument.split('/').next().unwrap_or_default();
            let host = Registry::parse(host).map(|registry| registry.host().to_owned()).unwrap_or_default();
            Ok(wrong(DiagnosisId::MalformedImageReference, format!("{error}."), "", host))
        }
        Err(error) => Err(CommandError::could_not_run(
            format!("`{name}`: {error}."),
            "name an image or a registry of ECR's, or a compose file, a Kubernetes manifest, a Dockerfile",
        )),
    }
}

/// A target of another registry.
fn not_ecr(
    found: &Target,
    wrong: &dyn Fn(DiagnosisId, String, &str, String) -> Subject,
) -> Result<Subject, CommandError> {
    if found.host == "docker.io" {
        let what = format!("`{found}` names no registry of ECR's: clients take it for Docker Hub's.");
        let next = "tag it with its registry: the host, the repository and the tag, as in `docker tag`";
        return Ok(wrong(DiagnosisId::ImageNotTaggedWithRegistry, what, next, found.host.clone()));
    }
    Err(CommandError::could_not_run(
        format!("{} is no registry of Amazon ECR's.", redact(&found.host)),
        "ecrpass resolve says who would send which credentials there",
    ))
}

/// A file that names images.
fn file(all: &mut Subjects, name: &str, text: &str, platform: Option<&str>) -> Result<(), CommandError> {
    let variable = |name: &str| env::var(name).ok();
    let document = inputs::read(name, text, &variable)
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
        if found.registry.is_some() {
            push(&mut all.subjects, subject(found, platform));
        } else if matches!(Registry::parse(&found.host), Err(HostError::Malformed { .. })) {
            let what =
                Registry::parse(&found.host).err().map(|error| format!("{error}.")).unwrap_or_default();
            let mut subject = subject(found, platform);
            subject.malformed = Some(Refused {
                id: DiagnosisId::MalformedRegistryHost.slug().to_owned(),
                what,
                next: String::new(),
                step: None,
                transient: false,
            });
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
        all.notes.push(format!("{name}: {others} {images} not on ECR and passed over"));
    }
    for build in &document.dockerfiles {
        all.notes.push(format!(
            "{}: is built from {}, which can be named here, too",
            build.place, build.dockerfile
        ));
    }
    Ok(())
}

fn subject(found: &Target, platform: Option<&str>) -> Subject {
    let host = found.registry.as_ref().map_or(found.host.as_str(), Registry::host).to_owned();
    let platform = platform.or_else(|| found.platform.as_deref().and_then(|all| all.split(',').next()));
    Subject {
        name: redact(&found.image()).into_owned(),
        host,
        repository: found.repository.clone(),
        tag: found.digest.clone().or_else(|| found.tag.clone()),
        place: found.place.as_ref().map(ToString::to_string),
        puller: origin(&found.puller),
        platform: platform.map(|platform| normal(platform.trim())).unwrap_or_default(),
        ..Subject::default()
    }
}

/// Who pulls, where it is not this client.
fn origin(puller: &Puller) -> Option<Origin> {
    let sentence = puller.sentence();
    match puller {
        Puller::Client => None,
        Puller::Kubelet(_) => {
            Some(Origin { kind: "kubelet".to_owned(), sentence, role: None, role_missing: false })
        }
        Puller::EcsTaskExecutionRole(task) => Some(Origin {
            kind: "ecs".to_owned(),
            sentence,
            role: task.role.clone(),
            role_missing: task.role.is_none() && task.launch == Launch::Fargate,
        }),
        Puller::LambdaService(_) => {
            Some(Origin { kind: "lambda".to_owned(), sentence, role: None, role_missing: false })
        }
    }
}
