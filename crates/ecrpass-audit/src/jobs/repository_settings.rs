//! Settings of plugins, and of Terraform's policies, that want a repository's name and get its URI.

use std::ops::Range;

use crate::host::Host;
use crate::jobs::edits::without_quotes;
use crate::jobs::{active, uses};
use crate::known::{Known, find_outside_holes};
use crate::pipeline::{Job, Setting, Uses};
use crate::rule::Examined;

/// Where a setting does: its bytes, and those of the host in it where it stands there in letters.
pub fn with_registry(examined: &Examined<'_>) -> Vec<(Range<usize>, Option<Range<usize>>)> {
    let mut all = Vec::new();
    for (_, _, used) in uses(examined) {
        let given = settings(used).iter().filter_map(|name| used.filled(name));
        let given = given.filter(|setting| is_uri(&setting.value));
        all.extend(given.map(|setting| (setting.bytes.clone(), host_place(examined, &setting.bytes))));
    }
    all.extend(by_template(examined).into_iter().map(|bytes| (bytes, None)));
    all.extend(of_policies(examined));
    all
}

/// What is given to a template that hands it on to such a setting.
fn by_template(examined: &Examined<'_>) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = Vec::new();
    for step in active(examined).flat_map(Job::active_steps).filter(|step| step.path.is_some()) {
        let Some(used) = step.uses().filter(|_| !step.given.is_empty()) else { continue };
        for setting in settings(used).iter().filter_map(|name| used.filled(name)) {
            let is_same = |given: &&Setting| {
                is_uri(&given.value)
                    && given.value == setting.value
                    && setting.raw.contains(&format!("parameters.{}", given.name))
            };
            let given = step.given.iter().find(is_same).filter(|given| !all.contains(&given.bytes));
            all.extend(given.map(|given| given.bytes.clone()));
        }
    }
    all
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
    value
        .alternatives()
        .any(|text| find_outside_holes(text, &['/']).is_some() && Host::of_image(text).is_private())
}

/// The host with its slash, if the file has it in letters there.
fn host_place(examined: &Examined<'_>, bytes: &Range<usize>) -> Option<Range<usize>> {
    let inner = without_quotes(&examined.file.text, bytes);
    let written = examined.file.text.get(inner.clone())?;
    let at = find_outside_holes(written, &['/'])?;
    Host::of_image(written).is_private().then(|| inner.start..inner.start + at + 1)
}

/// `repository` of policy resources.
fn of_policies(examined: &Examined<'_>) -> Vec<(Range<usize>, Option<Range<usize>>)> {
    let Some(stack) = examined.models.stack() else { return Vec::new() };
    let kinds = ["aws_ecr_repository_policy", "aws_ecr_lifecycle_policy"];
    let resources = stack.stack.resources.iter().filter(|resource| !resource.is_off && resource.is(&kinds));
    let names = resources.filter_map(|resource| resource.property(&["repository"]));
    let wrong = names.filter(|name| {
        let is_url = name.reference().is_some_and(|reference| reference.ends_with(".repository_url"));
        is_url || is_uri(&stack.scope.known(name))
    });
    wrong.map(|name| (name.bytes.clone(), host_place(examined, &name.bytes))).collect()
}
