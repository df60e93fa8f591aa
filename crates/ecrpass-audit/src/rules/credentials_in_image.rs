//! An image is built with credentials in it: copied there, or left by a login while it was built.

use std::ops::Range;

use ecrpass_core::DiagnosisId;
use ecrpass_core::registry::Registry;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::{Scripted, build_context, scripts, stage_logins};
use crate::credential_path::{self, CredentialPath};
use crate::deed::{Deed, What};
use crate::dockerfile::{Dockerfile, Step, StepKind};
use crate::hit::{Hit, Spot};
use crate::rule::{Examined, Rule};
use crate::scripts::Runs;
use crate::shell::Command;

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
    let mut keys: Vec<(usize, Hit)> = Vec::new();
    for (left, hit) in built.filter_map(|scripted| left_behind(examined, &scripted)) {
        // A key's id and its secret are one cause, also where two instructions store them.
        match left {
            Left::Key(Some(stage)) => match keys.iter_mut().find(|(of, _)| *of == stage) {
                Some((_, known)) => known.spots.extend(hit.spots),
                None => keys.push((stage, hit)),
            },
            Left::Key(None) | Left::Login => hits.push(hit),
        }
    }
    hits.extend(keys.into_iter().map(|(_, hit)| hit));
    hits
}

/// What commands leave in a layer.
#[derive(Clone, Copy)]
enum Left {
    Login,
    /// A key of AWS, in a stage of an image.
    Key(Option<usize>),
}

/// Credentials that are copied into an image.
fn copied(examined: &Examined<'_>) -> Vec<Hit> {
    let Some(dockerfile) = examined.models.dockerfile() else { return Vec::new() };
    let image = dockerfile.in_image();
    let held = stage_logins::all(examined, dockerfile);
    let copied = dockerfile.instructions.iter().filter_map(|step| {
        let StepKind::Copy { sources, target, from, written } = &step.kind else { return None };
        let title = match from {
            Some(stage) => from_stage(dockerfile, stage, sources, &target.0, &held)?,
            None => title(build_context::copied(examined, sources, target.0.as_str(), written.as_deref())?),
        };
        Some(hit(examined, step, &image, title))
    });
    copied.collect()
}

/// A login, or keys, that commands leave in the layer that they make.
fn left_behind(examined: &Examined<'_>, scripted: &Scripted<'_>) -> Option<(Left, Hit)> {
    let deeds = scripted.deeds;
    let logins = deeds
        .iter()
        .filter(|deed| is_ecr_login(deed))
        .map(|deed| (deed.bytes.clone(), "the login stays in a layer", LOGIN_PLACES));
    let keys = scripted.commands().filter(|(_, command)| build_context::stores_key(command));
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
    let stage = step.and_then(|step| step.stage);
    let is_in_image = match (dockerfile, stage) {
        (Some(dockerfile), Some(stage)) => dockerfile.in_image().contains(&stage),
        _ => true,
    };
    let severity = if is_in_image { Severity::Error } else { Severity::Note };
    let title = "the image is built with a login, which stays in it";
    let left = if places == KEY_PLACES { Left::Key(stage) } else { Left::Login };
    Some((left, Hit::new(severity, title, vec![Spot::new(&examined.file.path, bytes, label)])))
}

/// A login to ECR, as far as that is known.
fn is_ecr_login(deed: &Deed) -> bool {
    let What::Login { host, user, .. } = &deed.what else { return false };
    let is_ecr = |text: &str| text.contains("ecr") || Registry::parse(text).is_ok();
    host.alternatives().any(is_ecr) || user.exactly() == Some("AWS")
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

fn title(what: CredentialPath) -> String {
    format!("{} are copied into the image", what.name())
}

/// What comes out of another stage, if something was put there before.
fn from_stage(
    dockerfile: &Dockerfile,
    stage: &str,
    sources: &[(String, Range<usize>)],
    target: &str,
    held: &[Vec<CredentialPath>],
) -> Option<String> {
    let what = stage_logins::taken(dockerfile, stage, sources, held)?;
    let is_there = credential_path::of(target).is_some() || target.ends_with('/');
    is_there.then(|| title(what))
}
