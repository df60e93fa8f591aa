//! Bitbucket Pipelines: steps of all pipelines of a file, with their pipes.

use crate::deed::{Deed, What};
use crate::known::Known;
use crate::pipeline::model::{Host, Job, Kept, KeptAs, Pipeline, Setting, Step, StepKind, Uses};
use crate::pipeline::scope::{Scope, setting};
use crate::pipeline::scripts::{Run, carry_over, passage_of};
use crate::pipeline::{images, suggests};
use crate::source::{SourceFile, Tree};
use crate::system::System;
use crate::yaml::Node;

/// How deep stages and parallel groups may be nested.
const MAX_NESTING: usize = 4;

/// Reads a configuration.
pub fn read(root: &Node, _file: &SourceFile, tree: &Tree) -> Pipeline {
    let mut pipeline = Pipeline::new(System::Bitbucket);
    let mut steps = Vec::new();
    for (key, part) in root.members_of("pipelines") {
        if key.text == "default" {
            collect(part, false, 0, &mut steps);
        }
        for (_, pipeline) in part.members().unwrap_or_default() {
            collect(pipeline, false, 0, &mut steps);
        }
    }
    let mut seen = std::collections::HashSet::new();
    for (node, at_once) in steps {
        // Shared through an anchor.
        if seen.insert(node.bytes.clone()) {
            let mut job = job(node, root, tree);
            job.at_once = at_once;
            pipeline.jobs.push(job);
        }
    }
    pipeline
}

fn collect<'a>(node: &'a Node, at_once: bool, depth: usize, steps: &mut Vec<(&'a Node, bool)>) {
    if depth > MAX_NESTING {
        return;
    }
    for item in node.each() {
        steps.extend(item.get("step").map(|step| (step, at_once)));
        if let Some(parallel) = item.get("parallel") {
            collect(parallel.get("steps").unwrap_or(parallel), true, depth + 1, steps);
        }
        if let Some(stage) = item.get("stage") {
            collect(stage.get("steps").unwrap_or(stage), at_once, depth + 1, steps);
        }
    }
}

fn job(node: &Node, root: &Node, tree: &Tree) -> Job {
    let mut job = Job::new(node.text_of("name").unwrap_or("step"), node.bytes.clone());
    let mut scope = Scope::default();
    if let Some(image) = node.get("image").or_else(|| root.get("image")) {
        let image = image.get("name").unwrap_or(image);
        job.container = Some((scope.expand(image.text().unwrap_or_default()), image.bytes.clone()));
    }
    job.host = match (node.entry("runs-on"), &job.container) {
        (Some((key, _)), _) => (Host::Own, Some(key.bytes.clone())),
        (None, Some((image, bytes))) if !images::is_plain(image) => (Host::Unknown, Some(bytes.clone())),
        (None, _) => (Host::Hosted, None),
    };
    job.oidc = match node.entry("oidc") {
        Some((_, value)) => (value.flag(), value.bytes.clone()),
        None => (Some(false), node.bytes.clone()),
    };
    job.limit_minutes = node
        .get("max-time")
        .or_else(|| root.at(&["options", "max-time"]))
        .and_then(|limit| Some((limit.text()?.parse().ok()?, limit.bytes.clone())));
    for name in ["script", "after-script"] {
        job.steps.extend(steps(node.each_of(name), &mut scope, tree));
    }
    job.kept = kept(node, root, &scope);
    job
}

/// Commands and pipes in their order; commands between two pipes run in one shell.
fn steps(items: &[Node], scope: &mut Scope, tree: &Tree) -> Vec<Step> {
    let mut steps = Vec::new();
    for items in items.chunk_by(|one, other| one.text().is_some() && other.text().is_some()) {
        let Some(first) = items.first() else { continue };
        if first.text().is_none() {
            steps.extend(pipe(first, scope));
            continue;
        }
        let passage = passage_of(items);
        let step = Run::posix(&passage, first.bytes.clone()).step(scope, tree);
        carry_over(&step, scope);
        steps.push(step);
    }
    steps
}

fn pipe(node: &Node, scope: &Scope) -> Option<Step> {
    let reference = node.get("pipe")?;
    let text = reference.text()?.trim();
    let text = text.strip_prefix("docker://").unwrap_or(text);
    let (name, version) = match text.rsplit_once(':') {
        Some((name, version)) => (name, Some(version.to_owned())),
        None => (text, None),
    };
    let variables = node.members_of("variables").iter();
    let inputs: Vec<Setting> =
        variables.map(|(key, value)| setting(&key.text, value, &|text| scope.expand(text))).collect();
    let uses = Uses { name: name.to_owned(), version, bytes: reference.bytes.clone(), inputs };
    let mut step = Step::new(node.bytes.clone(), StepKind::Other);
    // The pipe for ECR logs in in its own container, for itself alone.
    let is_of_ecr = name.ends_with("aws-ecr-push-image");
    if is_of_ecr {
        step.deeds.extend(pushes(&uses));
    } else if suggests::login(name) {
        step.deeds.push(Deed::new(reference.bytes.clone(), What::MayLogIn));
    }
    step.kind = StepKind::Uses(uses);
    Some(step)
}

/// Artifacts, and the caches that the file defines; `docker` is predefined and holds layers only.
fn kept(node: &Node, root: &Node, scope: &Scope) -> Vec<Kept> {
    let mut kept = Vec::new();
    let mut add = |how, path: &Node, by: &std::ops::Range<usize>| {
        if let Some(text) = path.text() {
            let what: Known = scope.expand(text);
            kept.push(Kept::path(how, what, text, path.bytes.clone(), by.clone()));
        }
    };
    if let Some((key, artifacts)) = node.entry("artifacts") {
        let paths = artifacts.get("paths").or_else(|| artifacts.get("upload")).unwrap_or(artifacts);
        for path in paths.each() {
            match path.get("paths") {
                Some(paths) => paths.each().iter().for_each(|path| add(KeptAs::Artifact, path, &key.bytes)),
                None => add(KeptAs::Artifact, path, &key.bytes),
            }
        }
    }
    for cache in node.each_of("caches") {
        let defined = cache.text().and_then(|name| root.at(&["definitions", "caches", name]));
        if let Some(defined) = defined {
            add(KeptAs::Cache, defined.get("path").unwrap_or(defined), &cache.bytes);
        }
    }
    kept
}

/// What the pipe pushes: the image with each of its tags. Source: the README of `atlassian/aws-ecr-push-image`.
fn pushes(uses: &Uses) -> Vec<Deed> {
    let Some(name) = uses.filled("IMAGE_NAME") else { return Vec::new() };
    let (bytes, tags) = match uses.filled("TAGS") {
        Some(tags) => (tags.bytes.clone(), tags.value.clone()),
        None => (name.bytes.clone(), Known::Exactly("latest".to_owned())),
    };
    let Some(name) = name.value.exactly().filter(|name| !name.contains(':')) else {
        return Vec::new();
    };
    let name = if name.contains(".dkr.ecr.") { name.to_owned() } else { format!("${{registry}}/{name}") };
    let tags = tags.alternatives().flat_map(str::split_whitespace).map(str::to_owned).collect::<Vec<_>>();
    let push = tags.into_iter().map(|tag| {
        let image = Known::one_of([format!("{name}:{tag}")]);
        let mut deed = Deed::new(bytes.clone(), What::Push { client: "pipe".to_owned(), image });
        deed.has_own_login = true;
        deed
    });
    push.collect()
}
