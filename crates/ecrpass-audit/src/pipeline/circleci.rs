//! CircleCI: jobs, commands and executors of the file, orbs by what is known of them.

mod orbs;
mod steps;

use std::ops::Range;

use crate::known::Known;
use crate::pipeline::circleci::steps::Walk;
use crate::pipeline::images;
use crate::pipeline::model::{Host, Job, Pipeline, Reference};
use crate::pipeline::scope::{Scope, settings_in};
use crate::source::{SourceFile, Tree};
use crate::system::System;
use crate::yaml::{Key, Node};

/// Reads a configuration.
pub fn read(root: &Node, _file: &SourceFile, tree: &Tree) -> Pipeline {
    let mut pipeline = Pipeline::new(System::Circleci);
    let mut orbs = Vec::new();
    for (key, orb) in root.members_of("orbs") {
        // Without a text it stands in the file.
        let Some((name, version)) = orb.text().and_then(|text| text.split_once('@')) else { continue };
        orbs.push((key.text.clone(), name.to_owned()));
        pipeline.references.push(Reference {
            name: name.to_owned(),
            version: Some(version.to_owned()),
            bytes: orb.bytes.clone(),
        });
    }
    let uses = uses_of_jobs(root);
    for (key, node) in root.members_of("jobs") {
        let mine: Vec<&Node> =
            uses.iter().filter(|used| used.name == key.text).filter_map(|used| used.given).collect();
        pipeline.jobs.push(job(key, node, root, &orbs, &mine, tree));
    }
    for used in uses.iter().filter(|used| used.name.contains('/')) {
        let mut walk = Walk::new(root, &orbs, tree);
        let mut job = Job::new(used.name, used.bytes.clone());
        job.host.0 = Host::Hosted;
        job.steps.extend(walk.orb(used.name, used.given, &used.bytes));
        pipeline.jobs.push(job);
    }
    pipeline
}

/// A use of a job in a workflow.
struct Used<'a> {
    name: &'a str,
    given: Option<&'a Node>,
    bytes: Range<usize>,
}

fn uses_of_jobs(root: &Node) -> Vec<Used<'_>> {
    let mut uses = Vec::new();
    for (_, workflow) in root.members_of("workflows") {
        for item in workflow.items_of("jobs") {
            if let Some(name) = item.text() {
                uses.push(Used { name, given: None, bytes: item.bytes.clone() });
            }
            for (key, given) in item.members().unwrap_or_default() {
                uses.push(Used { name: &key.text, given: Some(given), bytes: key.bytes.clone() });
            }
        }
    }
    uses
}

fn job(key: &Key, node: &Node, root: &Node, orbs: &[(String, String)], uses: &[&Node], tree: &Tree) -> Job {
    let mut job = Job::new(key.text.clone(), key.bytes.clone());
    let mut walk = Walk::new(root, orbs, tree);
    walk.parameters = parameters(node, uses);
    let executor =
        node.get("executor").and_then(|executor| executor.text().or_else(|| executor.text_of("name")));
    let executor = executor.and_then(|name| root.at(&["executors", name]));
    let parts: Vec<&Node> = executor.into_iter().chain([node]).collect();
    for part in &parts {
        job.variables.extend(settings_in(&mut walk.scope, part.get("environment")));
    }
    for part in parts {
        if let Some(image) = part.get("docker").and_then(|docker| docker.items()?.first()?.get("image")) {
            let value = walk.value(image.text().unwrap_or_default());
            let host = if images::is_plain(&value) { Host::Hosted } else { Host::Unknown };
            job.host = (host, Some(image.bytes.clone()));
            job.container = Some((value, image.bytes.clone()));
        } else if part.get("machine").is_some() || part.get("macos").is_some() {
            job.host = (Host::Hosted, part.entry("machine").map(|(key, _)| key.bytes.clone()));
        }
        // Of a namespace: one's own runners.
        if let Some(class) =
            part.get("resource_class").filter(|class| class.text().is_some_and(|text| text.contains('/')))
        {
            job.host = (Host::Own, Some(class.bytes.clone()));
        }
    }
    job.at_once = node.get("parallelism").is_some();
    job.steps = walk.steps(node.items_of("steps"));
    job.kept = walk.kept;
    job
}

/// What the parameters of a job may be: what workflows give, else their defaults.
fn parameters(node: &Node, uses: &[&Node]) -> Scope {
    let mut scope = Scope::default();
    for (key, declared) in node.members_of("parameters") {
        let mut values: Vec<Known> = Vec::new();
        let exactly = |text: &str| Known::Exactly(text.to_owned());
        for used in uses {
            let given = used.get(&key.text);
            let in_matrix = used.at(&["matrix", "parameters", &key.text]);
            let all = given.or(in_matrix).map(Node::each).unwrap_or_default();
            values.extend(all.iter().filter_map(Node::text).map(exactly));
            if all.is_empty() {
                values.extend(declared.text_of("default").map(exactly));
            }
        }
        if uses.is_empty() {
            values.extend(declared.text_of("default").map(exactly));
        }
        if !values.is_empty() {
            scope.set(key.text.clone(), Known::any(&values));
        }
    }
    scope
}
