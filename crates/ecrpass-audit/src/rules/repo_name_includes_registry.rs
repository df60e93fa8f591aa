//! A setting that wants a repository's name gets its URI: the registry is put in front once more.

use std::ops::Range;

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands;
use crate::deeds::arguments::option;
use crate::edit::{FileEdit, Safety};
use crate::hit::Hit;
use crate::host::Host;
use crate::jobs::edits::{replaced, without_quotes};
use crate::jobs::{spot, uses};
use crate::known::{Known, find_outside_holes};
use crate::pipeline::Uses;
use crate::rule::{Examined, Rule};

/// `repo-name-includes-registry`
pub static RULE: Rule = Rule { id: DiagnosisId::RepoNameIncludesRegistry, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    for (_, _, used) in uses(examined) {
        for name in settings(used) {
            let Some(setting) = used.filled(name) else { continue };
            if is_uri(&setting.value) {
                hits.push(hit(examined, setting.bytes.clone(), &setting.raw, name));
            }
        }
    }
    for scripted in commands::scripts(examined) {
        for (_, command) in scripted.commands().filter(|(_, command)| command.program() == "aws") {
            let Some(name) = option(&command.words, &["--repository-name", "--repository-names"]) else { continue };
            if is_uri(&name.value) {
                hits.push(hit(examined, name.bytes.clone(), &name.raw, "--repository-name"));
            }
        }
    }
    hits.extend(terraform(examined));
    hits
}

/// The settings that want a name. Sources: the README of the pipe, the tasks' reference, the orb's source.
fn settings(used: &Uses) -> &'static [&'static str] {
    match used.name.as_str() {
        name if name.ends_with("atlassian/aws-ecr-push-image") => &["IMAGE_NAME"],
        "ECRPushImage" => &["repositoryName", "pushTag"],
        "ECRPullImage" => &["repository", "repositoryName", "imageTag"],
        name if name.starts_with("circleci/aws-ecr/") => &["repo"],
        _ => &[],
    }
}

/// Whether a value begins with a host of a private registry.
fn is_uri(value: &Known) -> bool {
    value.alternatives().any(|text| find_outside_holes(text, &['/']).is_some() && Host::of_image(text).is_private())
}

fn hit(examined: &Examined<'_>, bytes: Range<usize>, raw: &str, setting: &str) -> Hit {
    let title = format!("{setting} wants the repository's name and gets its URI");
    let registry = Host::of_image(raw).registry();
    let edit = name_edit(examined, &bytes, raw);
    Hit::new(Severity::Error, title, vec![spot(examined, bytes, "with the registry in front")]).about(registry).with_edit(edit)
}

/// The name behind the host, where the value stands there as it is.
fn name_edit(examined: &Examined<'_>, bytes: &Range<usize>, raw: &str) -> Option<FileEdit> {
    let inner = without_quotes(&examined.file.text, bytes);
    if examined.file.text.get(inner.clone())? != raw || !Host::of_image(raw).is_private() {
        return None;
    }
    let at = find_outside_holes(raw, &['/'])?;
    let host = inner.start..inner.start + at + 1;
    Some(replaced("Leave the registry out", Safety::Safe, host, ""))
}

/// `repository` of policy resources.
fn terraform(examined: &Examined<'_>) -> Vec<Hit> {
    let Some(stack) = examined.models.stack() else { return Vec::new() };
    let kinds = ["aws_ecr_repository_policy", "aws_ecr_lifecycle_policy"];
    let resources = stack.stack.resources.iter().filter(|resource| !resource.is_off && resource.is(&kinds));
    resources
        .filter_map(|resource| {
            let name = resource.property(&["repository"])?;
            let is_url = name.reference().is_some_and(|reference| reference.ends_with(".repository_url"));
            let known = stack.scope.known(name);
            (is_url || is_uri(&known)).then(|| hit(examined, name.bytes.clone(), known.exactly().unwrap_or_default(), "repository"))
        })
        .collect()
}
