//! Tekton: tasks, and the tasks that pipelines and runs hold. Each step is a container; credentials may come from the
//! service account's secrets, which no manifest of the task shows.

use crate::known::Known;
use crate::passage::Passage;
use crate::pipeline::duration;
use crate::pipeline::model::{Host, Job, Kept, KeptAs, Pipeline, Step, StepKind};
use crate::pipeline::scope::{Scope, setting};
use crate::pipeline::scripts::Run;
use crate::pipeline::substitution::substituted;
use crate::shell::Dialect;
use crate::source::{SourceFile, Tree};
use crate::system::System;
use crate::yaml::Node;

/// Reads the manifests of a file.
pub fn read(documents: &[Node], _file: &SourceFile, tree: &Tree) -> Pipeline {
    let mut pipeline = Pipeline::new(System::Tekton);
    for document in documents {
        let Some((key, spec)) = document.entry("spec") else { continue };
        let name = document.at(&["metadata", "name"]).and_then(Node::text).unwrap_or("task");
        let mut tasks: Vec<(&str, &Node)> = vec![(name, spec)];
        tasks.extend(spec.get("taskSpec").map(|task| (name, task)));
        for holder in [Some(spec), spec.get("pipelineSpec")].into_iter().flatten() {
            for list in ["tasks", "finally"] {
                let inner = holder.items_of(list).iter();
                tasks.extend(
                    inner.filter_map(|task| {
                        Some((task.text_of("name").unwrap_or(name), task.get("taskSpec")?))
                    }),
                );
            }
        }
        for (name, task) in tasks.into_iter().filter(|(_, task)| task.get("steps").is_some()) {
            let mut job = task_job(name, task, key.bytes.clone(), tree);
            job.limit_minutes = spec
                .get("timeout")
                .or_else(|| spec.at(&["timeouts", "pipeline"]))
                .and_then(|limit| Some((duration::minutes(limit.text()?, 1)?, limit.bytes.clone())));
            pipeline.jobs.push(job);
        }
    }
    pipeline
}

fn task_job(name: &str, task: &Node, bytes: std::ops::Range<usize>, tree: &Tree) -> Job {
    let mut job = Job::new(name, bytes);
    job.host.0 = Host::Unknown;
    let mut parameters = Scope::default();
    for parameter in task.items_of("params") {
        if let (Some(name), Some(default)) = (parameter.text_of("name"), parameter.text_of("default")) {
            parameters.set(name, Known::Exactly(default.to_owned()));
        }
    }
    for node in task.items_of("steps") {
        job.steps.push(step(node, task, &parameters, tree));
    }
    for result in task.items_of("results") {
        if let Some(name) = result.get("name")
            && let Some(text) = name.text()
        {
            let what = Known::Exactly(format!("/tekton/results/{text}"));
            job.kept.push(Kept::path(KeptAs::Output, what, text, name.bytes.clone(), result.bytes.clone()));
        }
    }
    job
}

fn step(node: &Node, task: &Node, parameters: &Scope, tree: &Tree) -> Step {
    let mut scope = Scope::default();
    let value = |text: &str| rendered(&Passage::verbatim(text, 0), parameters).text().to_owned();
    for list in [task.at(&["stepTemplate", "env"]), node.get("env")].into_iter().flatten() {
        for variable in list.each() {
            let (Some(name), Some(text)) = (variable.text_of("name"), variable.text_of("value")) else {
                continue;
            };
            scope.set(name, Known::one_of([value(text)]));
        }
    }
    let mut made = match script(node) {
        Some(script) => {
            let passage = rendered(script, parameters);
            if is_posix(passage.text()) {
                Run { dialect: Dialect::Posix, ..Run::posix(&passage, node.bytes.clone()) }.step(&scope, tree)
            } else {
                Step::new(node.bytes.clone(), StepKind::Other)
            }
        }
        None => Step::new(node.bytes.clone(), StepKind::Other),
    };
    made.container = node.text_of("name").or(node.text_of("image")).map(str::to_owned);
    let variables = node.each_of("env").iter().filter_map(|variable| {
        Some(setting(variable.text_of("name")?, variable.get("value")?, &|text| Known::one_of([value(text)])))
    });
    made.variables = variables.collect();
    made
}

/// `script:`, or what `sh -c` is given.
fn script(node: &Node) -> Option<&Passage> {
    if let Some(script) = node.get("script") {
        return script.passage();
    }
    let words: Vec<&Node> = node.each_of("command").iter().chain(node.each_of("args")).collect();
    let at = words
        .iter()
        .position(|word| word.text().is_some_and(|text| text.starts_with('-') && text.ends_with('c')))?;
    words.get(at + 1)?.passage()
}

/// Parameters and results put in.
fn rendered(passage: &Passage, parameters: &Scope) -> Passage {
    substituted(passage, "$(", ")", &|name| {
        if let Some(name) = name.strip_prefix("params.").or_else(|| name.strip_prefix("inputs.params.")) {
            let value = parameters.get(name).and_then(|value| value.exactly().map(str::to_owned));
            return Some(value.unwrap_or_else(|| format!("${{{{ params.{name} }}}}")));
        }
        if let Some(name) = name.strip_prefix("results.").and_then(|name| name.strip_suffix(".path")) {
            return Some(format!("/tekton/results/{name}"));
        }
        let is_known = ["workspaces.", "context.", "steps.", "step.", "tasks."]
            .iter()
            .any(|start| name.starts_with(start));
        is_known.then(|| format!("${{{{ {name} }}}}"))
    })
}

fn is_posix(script: &str) -> bool {
    match script.lines().next().and_then(|line| line.strip_prefix("#!")) {
        Some(program) => program.contains("sh") && !program.contains("pwsh"),
        None => true,
    }
}
