//! An image is built with credentials in it: copied there, or left by a login while it was built.

use ecrpass_clients::client::{is_login_directory, is_login_file_name};
use ecrpass_clients::docker_config::{DockerConfig, Format};
use ecrpass_core::DiagnosisId;
use ecrpass_core::registry::Registry;
use ecrpass_diagnosis::finding::Severity;
use ecrpass_json::Document;

use crate::commands::{Scripted, scripts};
use crate::credential_path::{self, CredentialPath};
use crate::deed::{Deed, What};
use crate::dockerfile::{Dockerfile, Step, StepKind};
use crate::hit::{Hit, Spot};
use crate::rule::{Examined, Rule};
use crate::scripts::Runs;
use crate::shell::{Command, Word};
use crate::source::{SourceFile, Tree};

/// `credentials-in-image`
pub static RULE: Rule = Rule { id: DiagnosisId::CredentialsInImage, look };

/// Parts of paths below which clients keep logins, and the AWS CLI keys.
const LOGIN_PLACES: &[&str] = &[".docker", "containers", "auth.json", "DOCKER_CONFIG"];
const KEY_PLACES: &[&str] = &[".aws"];

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits = copied(examined);
    let built = scripts(examined)
        .into_iter()
        .filter(|scripted| matches!(scripted.runs, Runs::InBuild | Runs::InMachineBuild));
    hits.extend(built.filter_map(|scripted| left_behind(examined, &scripted)));
    hits
}

/// Credentials that are copied into an image.
fn copied(examined: &Examined<'_>) -> Vec<Hit> {
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

/// A login, or keys, that commands leave in the layer that they make.
fn left_behind(examined: &Examined<'_>, scripted: &Scripted<'_>) -> Option<Hit> {
    let deeds = scripted.deeds;
    let logins = deeds
        .iter()
        .filter(|deed| is_ecr_login(deed))
        .map(|deed| (deed.bytes.clone(), "the login stays in a layer", LOGIN_PLACES));
    let keys = scripted.commands().filter(|(_, command)| stores_key(command));
    let keys = keys.map(|(_, command)| (command.bytes.clone(), "the key stays in a layer", KEY_PLACES));
    let (bytes, label, places) = logins.chain(keys).next()?;
    let is_taken_back =
        deeds.iter().any(|deed| matches!(deed.what, What::Logout { .. }) && deed.bytes.start > bytes.start)
            || scripted.commands().any(|(_, command)| removes(command) && command.bytes.start > bytes.start);
    if is_taken_back {
        return None;
    }
    let dockerfile = examined.models.dockerfile();
    let step = dockerfile.and_then(|dockerfile| dockerfile.step_at(bytes.start));
    if let Some(StepKind::Run { mounts }) = step.map(|step| &step.kind)
        && mounts.iter().any(|mount| places.iter().any(|place| mount.contains(place)))
    {
        // What is written to a mount is in no layer.
        return None;
    }
    let is_in_image = match (dockerfile, step.and_then(|step| step.stage)) {
        (Some(dockerfile), Some(stage)) => dockerfile.in_image().contains(&stage),
        _ => true,
    };
    let severity = if is_in_image { Severity::Error } else { Severity::Note };
    let title = "the image is built with a login, which stays in it";
    Some(Hit::new(severity, title, vec![Spot::new(&examined.file.path, bytes, label)]))
}

/// A login to ECR, as far as that is known.
fn is_ecr_login(deed: &Deed) -> bool {
    let What::Login { host, user, .. } = &deed.what else { return false };
    let is_ecr = |text: &str| text.contains("ecr") || Registry::parse(text).is_ok();
    host.alternatives().any(is_ecr) || user.exactly() == Some("AWS")
}

fn stores_key(command: &Command) -> bool {
    let words: Vec<&str> = command.words.iter().map(Word::shown).collect();
    command.program() == "aws"
        && matches!(words.get(1..3), Some(["configure", "set"]))
        && words.iter().any(|word| matches!(*word, "aws_secret_access_key" | "aws_access_key_id"))
}

/// Whether a command takes the configuration away again.
fn removes(command: &Command) -> bool {
    let names = [".docker", ".dockercfg", "auth.json", ".aws", "DOCKER_CONFIG"];
    let is_meant = |path: &str| {
        names.iter().any(|name| path.contains(name))
            || credential_path::of(path) == Some(CredentialPath::Docker)
    };
    command.program() == "rm" && command.words.iter().any(|word| is_meant(&word.raw))
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
        let is_directory =
            target.ends_with('/') || target_is == Some(CredentialPath::Docker) && target.ends_with(".docker");
        // Of a directory only what is in it is copied.
        let is_directory = is_directory && !matches!(name, ".docker" | ".aws");
        let joined =
            if is_directory { format!("{}/{name}", target.trim_end_matches('/')) } else { target.to_owned() };
        // What is in a directory comes to lie there itself.
        let of_contents = target_is.filter(|_| is_directory && source.ends_with('/'));
        let at_target = credential_path::of(&joined)
            .or(of_contents)
            .or(target_is.filter(|_| !is_directory || is_credential_name(name)));
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
    matches!(name, ".aws" | "credentials" | ".")
        || is_login_directory(name)
        || is_login_file_name(name)
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
    let inside: Vec<&SourceFile> =
        [beside, source.to_owned()].iter().flat_map(|path| below(examined.tree, path)).collect();
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
