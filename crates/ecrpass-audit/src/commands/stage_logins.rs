//! Which stages of an image hold logins or keys that other stages copy out of them: a directory that was only made, or the
//! configuration of a helper, gives nothing away.

use std::ops::Range;

use crate::commands::{Scripted, build_context, scripts};
use crate::credential_path::{self, CredentialPath};
use crate::deed::{Deed, What};
use crate::dockerfile::{Dockerfile, Step, StepKind};
use crate::host::Host;
use crate::rule::Examined;
use crate::scripts::Runs;
use crate::shell::{Command, Output, Word, Written};

/// Programs that bring what they write from elsewhere.
const BRINGING: [&str; 7] = ["curl", "wget", "aws", "base64", "vault", "gcloud", "envsubst"];

/// What is put into each stage, as far as that can be seen. What an image of elsewhere brings is not known.
pub fn all(examined: &Examined<'_>, dockerfile: &Dockerfile) -> Vec<Vec<CredentialPath>> {
    let takes = |step: &Step| match &step.kind {
        StepKind::Copy { from: Some(from), .. } => dockerfile.stage_of(from).is_some(),
        _ => false,
    };
    if !dockerfile.instructions.iter().any(takes) {
        return Vec::new();
    }
    let ran = left_by_commands(examined, dockerfile);
    let mut held: Vec<Vec<CredentialPath>> = Vec::new();
    let mut steps = dockerfile.instructions.iter().filter(|step| step.stage.is_some()).peekable();
    for stage in 0..dockerfile.stages.len() {
        // A stage begins with an earlier one, or copies from one.
        let base = dockerfile.base_of(stage).and_then(|base| held.get(base));
        let mut own = base.cloned().unwrap_or_default();
        own.extend(ran.iter().filter(|(of, _)| *of == stage).map(|(_, what)| *what));
        while let Some(step) = steps.next_if(|step| step.stage <= Some(stage)) {
            own.extend(brought(examined, dockerfile, step, &held));
        }
        own.sort_by_key(|what| what.name());
        own.dedup();
        held.push(own);
    }
    held
}

/// What `COPY --from` takes out of a stage.
pub fn taken(
    dockerfile: &Dockerfile,
    stage: &str,
    sources: &[(String, Range<usize>)],
    held: &[Vec<CredentialPath>],
) -> Option<CredentialPath> {
    let held = held.get(dockerfile.stage_of(stage)?)?;
    let mut named = sources.iter().filter_map(|(source, _)| credential_path::of(source));
    named.find(|what| held.contains(what))
}

fn brought(
    examined: &Examined<'_>,
    dockerfile: &Dockerfile,
    step: &Step,
    held: &[Vec<CredentialPath>],
) -> Option<CredentialPath> {
    let StepKind::Copy { sources, target, from, written } = &step.kind else { return None };
    match from {
        Some(stage) => taken(dockerfile, stage, sources, held),
        None => build_context::copied(examined, sources, &target.0, written.as_deref()),
    }
}

/// What commands leave, each with its stage: at most one of a kind for a stage.
fn left_by_commands(examined: &Examined<'_>, dockerfile: &Dockerfile) -> Vec<(usize, CredentialPath)> {
    let mut found = Vec::new();
    for scripted in scripts(examined).iter().filter(|scripted| scripted.runs == Runs::InBuild) {
        let first = scripted.script.commands.first();
        let step = first.and_then(|first| dockerfile.step_at(first.bytes.start));
        let Some(stage) = step.and_then(|step| step.stage) else { continue };
        for what in left_by(scripted) {
            if !found.contains(&(stage, what)) {
                found.push((stage, what));
            }
        }
    }
    found
}

fn left_by(scripted: &Scripted<'_>) -> Vec<CredentialPath> {
    let mut found = Vec::new();
    if scripted.deeds.iter().any(may_log_in_to_ecr) {
        found.push(CredentialPath::Docker);
    }
    found.extend(scripted.script.written.iter().filter_map(written));
    found.extend(scripted.commands().filter_map(|(_, command)| brings(command)));
    found
}

fn may_log_in_to_ecr(deed: &Deed) -> bool {
    let What::Login { host, to_all: false, .. } = &deed.what else { return false };
    host.is_unknown() || host.alternatives().any(|host| !matches!(Host::of_server(host), Host::Other(_)))
}

/// What a file is that a command writes with a text of its own.
fn written(file: &Written) -> Option<CredentialPath> {
    let what = credential_path::of(file.path.shown())?;
    let is_login = |text: &str| build_context::has_login(text) || text.trim_start().starts_with(['$', '`']);
    let is_open = what != CredentialPath::Docker || file.text.alternatives().any(is_login);
    is_open.then_some(what)
}

/// What a command fetches, or stores of the keys that it is given.
fn brings(command: &Command) -> Option<CredentialPath> {
    if build_context::stores_key(command) {
        return Some(CredentialPath::Aws);
    }
    let to_file = match &command.output {
        Output::File(path) => Some(path),
        _ => None,
    };
    let brings = BRINGING.contains(&command.program());
    let mut paths = command.words.iter().skip(1).chain(to_file).filter(|_| brings).map(Word::shown);
    paths.find_map(credential_path::of)
}
