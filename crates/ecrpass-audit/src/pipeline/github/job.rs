//! A job of a workflow.

use std::ops::Range;

use crate::known::Known;
use crate::pipeline::github::context::Context;
use crate::pipeline::github::steps::Walk;
use crate::pipeline::github::{matrix, outputs, permissions};
use crate::pipeline::model::{Host, Job, Reference, Setting};
use crate::pipeline::paths;
use crate::pipeline::scope::{Scope, setting};
use crate::source::{SourceFile, Tree};
use crate::yaml::{Key, Node};

/// What surrounds the jobs of a workflow.
pub(super) struct Surroundings<'a> {
    pub root: &'a Node,
    pub file: &'a SourceFile,
    pub tree: &'a Tree,
    pub variables: Vec<Setting>,
    pub scope: Scope,
    pub inputs: Scope,
    pub is_called: bool,
}

/// Reads a job; `finished` holds the outputs of the jobs before it.
pub(super) fn read(key: &Key, node: &Node, around: &Surroundings<'_>, finished: &mut outputs::OfJobs) -> Job {
    let mut job = Job::new(key.text.clone(), key.bytes.clone());
    let mut walk = Walk::new(around.file, around.tree);
    walk.environment = around.scope.clone();
    walk.inputs = around.inputs.clone();
    walk.needs = finished.clone();
    walk.matrix = matrix::read(node, &walk.context());
    job.at_once =
        walk.matrix.is_some() && node.at(&["strategy", "max-parallel"]).and_then(Node::text) != Some("1");
    job.is_off = node.text_of("if").is_some_and(|condition| walk.is_never(condition));
    job.condition = node.text_of("if").map(str::to_owned);
    job.has_environment = node.get("environment").is_some();
    job.oidc = permissions::oidc(around.root, node, key, around.is_called);
    job.is_alone = has_group(around.root) || has_group(node) && !job.at_once;
    job.calls = node.get("uses").and_then(called);
    job.variables.clone_from(&around.variables);
    for (key, value) in node.members_of("env") {
        let made = setting(&key.text, value, &|text| walk.context().value(text));
        walk.environment.set(key.text.clone(), made.value.clone());
        job.variables.push(made);
    }
    let runs_on = node.get("runs-on");
    let (runs_on_host, labels, place) = host(runs_on, &walk.context());
    job.host = (runs_on_host, place);
    job.labels = labels;
    job.container = node.get("container").and_then(|container| {
        let image = container.get("image").unwrap_or(container);
        Some((walk.context().value(image.text()?), image.bytes.clone()))
    });
    for (key, value) in node.at(&["container", "env"]).and_then(Node::members).unwrap_or_default() {
        let made = setting(&key.text, value, &|text| walk.context().value(text));
        walk.environment.set(key.text.clone(), made.value.clone());
        job.variables.push(made);
    }
    job.credentials = credentials(node, &walk.context());
    job.limit_minutes = node.get("timeout-minutes").and_then(|limit| {
        let minutes = walk.context().value(limit.text()?);
        Some((minutes.exactly()?.parse().ok()?, limit.bytes.clone()))
    });
    walk.shell = default_shell(node, around.root, runs_on, &walk.context());
    let directory = |node: &Node| {
        node.at(&["defaults", "run", "working-directory"]).and_then(|path| paths::joined("", path.text()?))
    };
    walk.directory = directory(node).or_else(|| directory(around.root)).unwrap_or_default();
    job.steps = walk.steps(node.items_of("steps"));
    job.kept = outputs::of_job(node, &walk.context());
    finished.insert(key.text.clone(), outputs::values(&job));
    job.kept.extend(walk.kept);
    job
}

/// Whether runs of it wait for each other, whatever they are for.
fn has_group(node: &Node) -> bool {
    let Some(concurrency) = node.get("concurrency") else { return false };
    let group = concurrency.text().or_else(|| concurrency.text_of("group"));
    group.is_some_and(|group| !group.contains("${{"))
}

/// `uses: ./.github/workflows/x.yml` or `owner/repository/.github/workflows/x.yml@v1`.
fn called(node: &Node) -> Option<Reference> {
    let text = node.text()?;
    let (name, version) = match text.split_once('@') {
        Some((name, version)) => (name, Some(version.to_owned())),
        None => (text, None),
    };
    Some(Reference { name: name.to_owned(), version, bytes: node.bytes.clone() })
}

/// Where it runs: GitHub's machines have labels that begin with their system.
fn host(runs_on: Option<&Node>, context: &Context<'_>) -> (Host, Vec<String>, Option<Range<usize>>) {
    let Some(runs_on) = runs_on else { return (Host::Unknown, Vec::new(), None) };
    let labels: Vec<Known> = match runs_on.get("labels") {
        Some(labels) => values(labels, context),
        None if runs_on.get("group").is_some() => {
            let group = runs_on.text_of("group").map(str::to_owned);
            return (Host::Unknown, group.into_iter().collect(), Some(runs_on.bytes.clone()));
        }
        None => values(runs_on, context),
    };
    let all: Vec<&str> = labels.iter().flat_map(Known::alternatives).collect();
    let is_hosted = |label: &&str| {
        let label = label.to_ascii_lowercase();
        ["ubuntu-", "windows-", "macos-"].iter().any(|system| label.starts_with(system))
    };
    let host = if all.iter().any(|label| label.eq_ignore_ascii_case("self-hosted")) {
        Host::Own
    } else if !all.is_empty() && all.iter().all(is_hosted) {
        Host::Hosted
    } else {
        Host::Unknown
    };
    let labels = all.iter().map(|label| (*label).to_owned()).collect();
    (host, labels, Some(runs_on.bytes.clone()))
}

fn values(node: &Node, context: &Context<'_>) -> Vec<Known> {
    node.each().iter().filter_map(Node::text).map(|text| context.value(text)).collect()
}

fn credentials(node: &Node, context: &Context<'_>) -> Vec<Setting> {
    let container = node.at(&["container", "credentials"]);
    let services = node.members_of("services").iter().filter_map(|(_, service)| service.get("credentials"));
    let all = container.into_iter().chain(services).filter_map(Node::members).flatten();
    all.map(|(key, value)| setting(&key.text, value, &|text| context.value(text))).collect()
}

/// The shell of scripts that do not name one. Source: GitHub documentation, "defaults.run.shell".
fn default_shell(job: &Node, root: &Node, runs_on: Option<&Node>, context: &Context<'_>) -> Option<String> {
    let named = |node: &Node| node.at(&["defaults", "run", "shell"]).and_then(Node::text).map(str::to_owned);
    let is_windows = || {
        let labels = runs_on.map(|runs_on| values(runs_on, context)).unwrap_or_default();
        let mut labels = labels.iter().flat_map(Known::alternatives).peekable();
        labels.peek().is_some() && labels.all(|label| label.to_ascii_lowercase().starts_with("windows"))
    };
    named(job).or_else(|| named(root)).or_else(|| is_windows().then(|| "pwsh".to_owned()))
}
