//! An image is built with credentials in it: copied there, or left by a login while it was built.

use ecrpass_clients::docker_config::{DockerConfig, Format};
use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;
use ecrpass_json::Document;

use crate::credential_path::{self, CredentialPath};
use crate::dockerfile::{Dockerfile, Step, StepKind};
use crate::hit::{Hit, Spot};
use crate::rule::{Examined, Rule};
use crate::source::{SourceFile, Tree};

/// `credentials-in-image`
pub static RULE: Rule = Rule { id: DiagnosisId::CredentialsInImage, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let Some(dockerfile) = examined.models.dockerfile() else { return Vec::new() };
    let image = dockerfile.in_image();
    let copied = dockerfile.instructions.iter().filter_map(|step| {
        let StepKind::Copy { sources, target, from, written } = &step.kind else { return None };
        let title = match from {
            Some(stage) => from_stage(dockerfile, stage, sources, &target.0)?,
            None => from_context(examined, sources, target.0.as_str(), written.as_deref())?,
        };
        Some(hit(examined, step, &image, title))
    });
    copied.collect()
}

fn hit(examined: &Examined<'_>, step: &Step, image: &std::collections::HashSet<usize>, title: String) -> Hit {
    // A stage that is only copied from is not pushed, but kept in caches.
    let is_in_image = step.stage.is_none_or(|stage| image.contains(&stage));
    let severity = if is_in_image { Severity::Error } else { Severity::Note };
    Hit::new(severity, title, vec![Spot::new(&examined.file.path, step.bytes.clone(), "stays in a layer")])
}

/// What comes from the directory that the image is built in.
fn from_context(
    examined: &Examined<'_>,
    sources: &[(String, std::ops::Range<usize>)],
    target: &str,
    written: Option<&str>,
) -> Option<String> {
    if let Some(written) = written {
        let what = credential_path::of(target)?;
        return (what == CredentialPath::Docker && has_login(written)).then(|| title(what));
    }
    let target_is = credential_path::of(target);
    for (source, _) in sources {
        let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or(source);
        // `COPY config.json /root/.docker/` gives it its name.
        let is_directory = target.ends_with('/') || target_is == Some(CredentialPath::Docker) && target.ends_with(".docker");
        let joined = if is_directory { format!("{}/{name}", target.trim_end_matches('/')) } else { target.to_owned() };
        let at_target = credential_path::of(&joined).or(target_is.filter(|_| !is_directory || is_credential_name(name)));
        let at_source = credential_path::of(source);
        let Some(what) = at_target.or(at_source) else { continue };
        if what == CredentialPath::AwsSettings || !is_meant(source, &joined, at_target.is_some()) {
            continue;
        }
        match known(examined, source) {
            Some(true) | None => return Some(title(what)),
            Some(false) => {}
        }
    }
    None
}

fn title(what: CredentialPath) -> String {
    format!("{} are copied into the image", what.name())
}

/// Whether a file of that name may hold logins at all.
fn is_credential_name(name: &str) -> bool {
    matches!(name, "config.json" | "auth.json" | ".dockercfg" | ".docker" | ".aws" | "credentials" | ".")
        || name.ends_with("config.json")
}

/// A project's folder of that name goes somewhere else than to a home.
fn is_meant(source: &str, target: &str, is_at_target: bool) -> bool {
    is_at_target || {
        let last = source.trim_end_matches('/').rsplit('/').next().unwrap_or(source);
        // The directory as a whole, to anywhere but where it is looked for: a project's own.
        last != ".docker" && last != ".aws" || credential_path::of(target).is_some()
    }
}

/// Whether what is copied holds a login; `None` where it is not in the tree.
fn known(examined: &Examined<'_>, source: &str) -> Option<bool> {
    let source = source.trim_start_matches("./").trim_end_matches('/');
    let directory = examined.file.path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let beside = if directory.is_empty() { source.to_owned() } else { format!("{directory}/{source}") };
    let file = examined.tree.get(&beside).or_else(|| examined.tree.get(source));
    if let Some(file) = file {
        return Some(holds_login(file));
    }
    let inside: Vec<&SourceFile> = [beside, source.to_owned()].iter().flat_map(|path| below(examined.tree, path)).collect();
    if inside.is_empty() { None } else { Some(inside.into_iter().any(holds_login)) }
}

fn below<'a>(tree: &'a Tree, directory: &str) -> Vec<&'a SourceFile> {
    let prefix = format!("{directory}/");
    tree.files().iter().filter(|file| file.path.starts_with(&prefix)).collect()
}

fn holds_login(file: &SourceFile) -> bool {
    has_login(&file.text) || file.text.contains("aws_secret_access_key")
}

/// Whether a text is a configuration with logins; what is none, or is filled in later, has none that is known.
fn has_login(text: &str) -> bool {
    let Ok(document) = Document::parse_first(text) else { return text.contains("\"auth\"") };
    let legacy = DockerConfig::read(&document, Format::Legacy);
    let config = DockerConfig::read(&document, Format::Current);
    let has = |config: &DockerConfig| config.auths_in_force().any(|entry| !entry.credentials.is_empty());
    has(&config) || has(&legacy)
}

/// What comes out of another stage's home.
fn from_stage(
    dockerfile: &Dockerfile,
    stage: &str,
    sources: &[(String, std::ops::Range<usize>)],
    target: &str,
) -> Option<String> {
    dockerfile.stage_of(stage)?;
    let what = sources.iter().find_map(|(source, _)| credential_path::of(source))?;
    let is_there = credential_path::of(target).is_some() || target.ends_with('/');
    (what != CredentialPath::AwsSettings && is_there).then(|| title(what))
}
