//! GitHub Actions: workflows, composite actions, reusable workflows.

mod actions;
mod callers;
mod context;
mod job;
mod matrix;
mod outputs;
mod permissions;
mod steps;

use crate::pipeline::github::context::Context;
use crate::pipeline::github::steps::Walk;
use crate::pipeline::model::{Job, Pipeline};
use crate::pipeline::scope::{Scope, setting};
use crate::source::{SourceFile, Tree};
use crate::system::System;
use crate::yaml::Node;

/// Reads a workflow or an action.
pub fn read(root: &Node, file: &SourceFile, tree: &Tree) -> Pipeline {
    let mut pipeline = Pipeline::new(System::Github);
    if let Some(runs) = root.get("runs") {
        pipeline.jobs.extend(composite(root, runs, file, tree));
        return pipeline;
    }
    pipeline.triggers = triggers(root);
    let is_called = pipeline.triggers.iter().any(|(name, _)| name == "workflow_call");
    let mut workflow = Scope::default();
    let mut inputs = inputs(
        root.at(&["on", "workflow_call", "inputs"])
            .or_else(|| root.at(&["on", "workflow_dispatch", "inputs"])),
    );
    if let Some(declared) = root.at(&["on", "workflow_call", "inputs"]) {
        callers::set_inputs(&mut inputs, declared, file, tree);
    }
    let mut variables = Vec::new();
    for (key, value) in root.members_of("env") {
        let context = Context { environment: &workflow, inputs: &inputs, ..Context::default() };
        let made = setting(&key.text, value, &|text| context.value(text));
        workflow.set(key.text.clone(), made.value.clone());
        variables.push(made);
    }
    let surroundings = job::Surroundings { root, file, tree, variables, scope: workflow, inputs, is_called };
    let mut finished = outputs::OfJobs::new();
    for (key, node) in root.members_of("jobs") {
        let job = job::read(key, node, &surroundings, &mut finished);
        pipeline.jobs.push(job);
    }
    pipeline
}

/// The steps of a composite action as a job of which nothing around it is known.
fn composite(root: &Node, runs: &Node, file: &SourceFile, tree: &Tree) -> Option<Job> {
    let (key, steps) = runs.entry("steps")?;
    let name = root.text_of("name").unwrap_or("action");
    let mut job = Job::new(name, key.bytes.clone());
    job.is_part = true;
    let mut walk = Walk::new(file, tree);
    walk.inputs = inputs(root.get("inputs"));
    job.steps = walk.steps(steps.each());
    job.kept = outputs::of_action(root, &walk.context());
    job.kept.extend(walk.kept);
    Some(job)
}

/// The defaults of inputs.
fn inputs(node: Option<&Node>) -> Scope {
    let mut scope = Scope::default();
    for (key, value) in node.and_then(Node::members).unwrap_or_default() {
        if let Some(default) = value.text_of("default") {
            scope.set(key.text.clone(), crate::pipeline::expression::value(default, &|_| None));
        }
    }
    scope
}

/// What starts a workflow: `on` is a name, a list or a mapping.
fn triggers(root: &Node) -> Vec<(String, std::ops::Range<usize>)> {
    let Some(on) = root.get("on") else { return Vec::new() };
    match on.members() {
        Some(members) => members.iter().map(|(key, _)| (key.text.clone(), key.bytes.clone())).collect(),
        None => {
            let named =
                on.each().iter().filter_map(|item| Some((item.text()?.to_owned(), item.bytes.clone())));
            named.collect()
        }
    }
}
