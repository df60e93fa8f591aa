//! Drone and Woodpecker: each step is a container of its own, a script or a plugin.

use crate::deed::{Deed, What};
use crate::host;
use crate::known::Known;
use crate::pipeline::model::{Host, Job, Pipeline, Setting, Step, StepKind, Uses};
use crate::pipeline::scope::{Scope, setting, settings_in};
use crate::pipeline::scripts::{Run, passage_of};
use crate::source::{SourceFile, Tree};
use crate::system::System;
use crate::yaml::Node;

/// Reads the pipelines of a file.
pub fn read(system: System, documents: &[Node], _file: &SourceFile, tree: &Tree) -> Pipeline {
    let mut pipeline = Pipeline::new(system);
    for document in documents {
        let steps = document.entry("steps").or_else(|| document.entry("pipeline"));
        let Some((key, steps)) = steps else { continue };
        if document.text_of("kind").is_some_and(|kind| kind != "pipeline") {
            continue;
        }
        let mut job = Job::new(document.text_of("name").unwrap_or("pipeline"), key.bytes.clone());
        let is_own = document.text_of("type").is_some_and(|kind| matches!(kind, "exec" | "ssh"));
        job.host.0 = if is_own { Host::Own } else { Host::Unknown };
        let mut scope = Scope::default();
        job.variables = settings_in(&mut scope, document.get("environment"));
        // A list, or in older files a mapping by name.
        for (name, node) in named(steps) {
            job.steps.push(step(&name, node, &scope, tree));
        }
        pipeline.jobs.push(job);
    }
    pipeline
}

fn named(steps: &Node) -> Vec<(String, &Node)> {
    if let Some(members) = steps.members() {
        return members.iter().map(|(key, node)| (key.text.clone(), node)).collect();
    }
    let items = steps.items().unwrap_or_default().iter();
    items.map(|node| (node.text_of("name").unwrap_or("step").to_owned(), node)).collect()
}

fn step(name: &str, node: &Node, scope: &Scope, tree: &Tree) -> Step {
    let mut scope = scope.clone();
    let variables = settings_in(&mut scope, node.get("environment"));
    let commands = node.each_of("commands");
    let mut step = if let Some(first) = commands.first() {
        let passage = passage_of(commands);
        Run::posix(&passage, first.bytes.clone()).step(&scope, tree)
    } else {
        plugin(node, &scope)
    };
    step.container = Some(name.to_owned());
    step.variables = variables;
    let when = node.get("when");
    step.is_conditional = when.is_some();
    step.is_off = when.is_some_and(|when| when.text() == Some("never"));
    step
}

fn plugin(node: &Node, scope: &Scope) -> Step {
    let Some(image) = node.get("image") else { return Step::new(node.bytes.clone(), StepKind::Other) };
    let text = image.text().unwrap_or_default();
    let (name, version) = match text.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag.to_owned())),
        _ => (text, None),
    };
    // Older files have the settings beside the image.
    let settings = node.get("settings").unwrap_or(node).members().unwrap_or_default().iter();
    let inputs: Vec<Setting> =
        settings.map(|(key, value)| setting(&key.text, value, &|text| scope.expand(text))).collect();
    let uses = Uses { name: name.to_owned(), version, bytes: image.bytes.clone(), inputs };
    let mut step = Step::new(node.bytes.clone(), StepKind::Other);
    if is_ecr(name) {
        let at = uses.filled("region").or_else(|| uses.filled("registry")).map(|input| input.bytes.clone());
        step.deeds.push(Deed::new(at.unwrap_or_else(|| image.bytes.clone()), login(&uses, node, scope)));
        step.deeds.extend(pushes(&uses, node.get("settings").unwrap_or(node), scope));
    }
    step.kind = StepKind::Uses(uses);
    step
}

/// `plugins/ecr`, `plugins/kaniko-ecr`, `woodpeckerci/plugin-…` for ECR.
fn is_ecr(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or(image);
    matches!(name, "ecr" | "drone-ecr" | "kaniko-ecr" | "plugin-ecr")
}

/// The plugin's own login. Source: drone-plugins/drone-docker `cmd/drone-ecr/main.go`: the region is the setting's, else the
/// environment's, else us-east-1, and the registry is that of the credentials.
fn login(uses: &Uses, node: &Node, scope: &Scope) -> What {
    let from_environment = || ["ECR_REGION", "AWS_REGION"].iter().find_map(|name| scope.get(name));
    let region = match uses.input("region") {
        // `{ from_secret: … }` is not known.
        Some(region) if region.raw.is_empty() => Known::Unknown,
        Some(region) => region.value.clone(),
        None if node.get("secrets").is_some() => Known::Unknown,
        None => from_environment().unwrap_or_else(|| Known::Exactly("us-east-1".to_owned())),
    };
    let host = match uses.filled("registry") {
        Some(registry) => registry.value.clone(),
        None => host::host_of(&Known::Unknown, &region),
    };
    What::Login { client: "plugin".to_owned(), host, user: Known::Unknown, region, to_all: false }
}

/// What the plugin pushes: the repository with each of its tags. Source: drone-plugins/drone-docker `cmd/drone-ecr/main.go`: the
/// registry is put in front of a repository without it.
fn pushes(uses: &Uses, settings: &Node, scope: &Scope) -> Vec<Deed> {
    let is_on = |name: &&str| uses.is_set_to(name, "true");
    let is_dry = ["dry_run", "no_push", "skip_push"].iter().any(is_on) || uses.input("auto_tag").is_some();
    let Some(repository) = uses.filled("repo").filter(|_| !is_dry) else { return Vec::new() };
    let slash = Known::Exactly("/".to_owned());
    let has_host = |text: &str| text.contains(".dkr.ecr") || text.starts_with("public.ecr.aws/");
    let name = match uses.filled("registry") {
        _ if repository.value.alternatives().any(has_host) => repository.value.clone(),
        Some(registry) => Known::concat([&registry.value, &slash, &repository.value]),
        None => Known::concat([&Known::named("registry"), &slash, &repository.value]),
    };
    let push = |tag: &Known, bytes| {
        let image = Known::concat([&name, &Known::Exactly(":".to_owned()), tag]);
        let mut deed = Deed::new(bytes, What::Push { client: "plugin".to_owned(), image });
        deed.has_own_login = true;
        deed
    };
    let Some(tags) = settings.get("tags").or_else(|| settings.get("tag")) else {
        return vec![push(&Known::Exactly("latest".to_owned()), repository.bytes.clone())];
    };
    let tags = tags.each().iter().filter_map(|tag| Some((tag.text()?, &tag.bytes)));
    let tags = tags.flat_map(|(text, bytes)| text.split(',').map(move |tag| (tag.trim(), bytes)));
    tags.filter(|(tag, _)| !tag.is_empty())
        .map(|(tag, bytes)| push(&scope.expand(tag), bytes.clone()))
        .collect()
}
