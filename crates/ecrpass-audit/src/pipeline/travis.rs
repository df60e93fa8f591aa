//! Travis CI: the phases of a job run one after the other in one shell; `jobs.include` adds jobs that replace some.

use crate::known::Known;
use crate::pipeline::model::{Host, Job, Pipeline, Setting};
use crate::pipeline::scope::Scope;
use crate::pipeline::scripts::{Run, carry_over, passage_of};
use crate::source::{SourceFile, Tree};
use crate::system::System;
use crate::yaml::Node;

/// In the order in which they run; `deploy` is between `after_success` and `after_deploy`.
const PHASES: [&str; 9] = [
    "before_install",
    "install",
    "before_script",
    "script",
    "after_success",
    "before_deploy",
    "deploy",
    "after_deploy",
    "after_script",
];

/// Reads a configuration.
pub fn read(root: &Node, _file: &SourceFile, tree: &Tree) -> Pipeline {
    let mut pipeline = Pipeline::new(System::Travis);
    let included = root
        .get("jobs")
        .or_else(|| root.get("matrix"))
        .map(|jobs| jobs.items_of("include"))
        .unwrap_or_default();
    pipeline.jobs.push(job("job", root, root, tree));
    for node in included.iter().filter(|node| PHASES.iter().any(|phase| node.get(phase).is_some())) {
        let name = node.text_of("name").or_else(|| node.text_of("stage")).unwrap_or("job");
        pipeline.jobs.push(job(name, node, root, tree));
    }
    pipeline
}

fn job(name: &str, node: &Node, root: &Node, tree: &Tree) -> Job {
    let mut job = Job::new(name, node.bytes.clone());
    job.host = (Host::Hosted, None);
    job.is_off = node.text_of("if") == Some("false");
    let mut scope = Scope::default();
    let own = Some(node).filter(|node| node.bytes != root.bytes).and_then(|node| node.get("env"));
    for environment in [root.get("env"), own].into_iter().flatten() {
        job.variables.extend(variables(environment, &mut scope));
    }
    for phase in PHASES {
        let Some(commands) = node.get(phase).or_else(|| root.get(phase)) else { continue };
        // `deploy` is a provider, or several.
        let lines: Vec<&Node> = match phase {
            "deploy" => commands.each().iter().filter_map(|provider| provider.get("script")).collect(),
            _ => commands.each().iter().collect(),
        };
        let Some(first) = lines.first() else { continue };
        let passage = passage_of(lines.iter().copied());
        let step = Run::posix(&passage, first.bytes.clone()).step(&scope, tree);
        carry_over(&step, &mut scope);
        job.steps.push(step);
    }
    job
}

/// `env: [A=b C=d]`, `env: {global: […], jobs: […]}`, mappings; encrypted ones have no name.
fn variables(node: &Node, scope: &mut Scope) -> Vec<Setting> {
    let mut settings = Vec::new();
    let parts: Vec<&Node> = match node.get("global") {
        Some(global) => vec![global],
        None => vec![node],
    };
    for item in parts.into_iter().flat_map(Node::each) {
        if let Some(text) = item.text() {
            for (name, raw) in assignments(text) {
                let value = scope.expand(raw);
                scope.set(name, value.clone());
                let (name, raw, bytes) = (name.to_owned(), raw.to_owned(), item.bytes.clone());
                settings.push(Setting { name, value, raw, bytes, is_plain: false });
            }
        }
        for (key, value) in item.members().unwrap_or_default() {
            let Some(text) =
                value.text().filter(|_| key.text != "secure" && key.text != "jobs" && key.text != "matrix")
            else {
                continue;
            };
            let known: Known = scope.expand(text);
            scope.set(key.text.clone(), known.clone());
            let (name, raw, bytes) = (key.text.clone(), text.to_owned(), value.bytes.clone());
            settings.push(Setting { name, value: known, raw, bytes, is_plain: true });
        }
    }
    settings
}

/// `A=b C="d"`
fn assignments(text: &str) -> Vec<(&str, &str)> {
    text.split_whitespace()
        .filter_map(|word| word.split_once('='))
        .map(|(name, value)| (name, value.trim_matches(['"', '\''])))
        .collect()
}
