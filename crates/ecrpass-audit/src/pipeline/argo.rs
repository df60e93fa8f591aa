//! Argo Workflows: the templates of workflows; each is a container.

use crate::known::Known;
use crate::passage::Passage;
use crate::pipeline::model::{Host, Job, Kept, KeptAs, Pipeline, Step, StepKind};
use crate::pipeline::scope::Scope;
use crate::pipeline::scripts::Run;
use crate::pipeline::substitution::substituted;
use crate::source::{SourceFile, Tree};
use crate::system::System;
use crate::yaml::Node;

/// Clients of registries that containers run without a shell.
const PROGRAMS: [&str; 6] = ["skopeo", "crane", "oras", "regctl", "helm", "podman"];

/// Images that run one of them with the arguments they are given. Source: the `ENTRYPOINT` of each.
const IMAGES: [(&str, &str); 5] = [
    ("quay.io/skopeo/stable", "skopeo"),
    ("go-containerregistry/crane", "crane"),
    ("oras-project/oras", "oras"),
    ("regclient/regctl", "regctl"),
    ("alpine/helm", "helm"),
];

/// Reads the manifests of a file.
pub fn read(documents: &[Node], _file: &SourceFile, tree: &Tree) -> Pipeline {
    let mut pipeline = Pipeline::new(System::Argo);
    for document in documents {
        let spec = document.at(&["spec", "workflowSpec"]).or_else(|| document.get("spec"));
        let Some(spec) = spec else { continue };
        let arguments = spec.at(&["arguments", "parameters"]);
        for template in spec.items_of("templates") {
            pipeline.jobs.extend(job(template, arguments, tree));
        }
    }
    pipeline
}

fn job(template: &Node, arguments: Option<&Node>, tree: &Tree) -> Option<Job> {
    let containers: Vec<&Node> = match template.at(&["containerSet", "containers"]) {
        Some(set) => set.each().iter().collect(),
        None => [template.get("script"), template.get("container")].into_iter().flatten().collect(),
    };
    if containers.is_empty() {
        return None;
    }
    let mut job = Job::new(template.text_of("name").unwrap_or("template"), template.bytes.clone());
    job.host.0 = Host::Unknown;
    let mut parameters = Scope::default();
    for (list, context) in
        [(arguments, "workflow.parameters."), (template.at(&["inputs", "parameters"]), "inputs.parameters.")]
    {
        for parameter in list.map(Node::each).unwrap_or_default() {
            let value = parameter.text_of("value").or_else(|| parameter.text_of("default"));
            if let (Some(name), Some(value)) = (parameter.text_of("name"), value) {
                parameters.set(format!("{context}{name}"), Known::one_of([value.replace("{{", "${{")]));
            }
        }
    }
    job.steps = containers.into_iter().map(|container| step(container, &parameters, tree)).collect();
    job.limit_minutes = template
        .get("activeDeadlineSeconds")
        .and_then(|limit| Some((limit.text()?.parse::<u64>().ok()? / 60, limit.bytes.clone())));
    job.kept = kept(template);
    Some(job)
}

fn step(node: &Node, parameters: &Scope, tree: &Tree) -> Step {
    let mut scope = Scope::default();
    for variable in node.each_of("env") {
        if let (Some(name), Some(value)) = (variable.text_of("name"), variable.text_of("value")) {
            scope.set(
                name,
                Known::one_of([rendered(&Passage::verbatim(value, 0), parameters).text().to_owned()]),
            );
        }
    }
    let script = script(node).cloned().or_else(|| line(node));
    let mut made = match script {
        Some(script) => Run::posix(&rendered(&script, parameters), node.bytes.clone()).step(&scope, tree),
        None => Step::new(node.bytes.clone(), StepKind::Other),
    };
    made.container = node.text_of("name").or(node.text_of("image")).map(str::to_owned);
    made
}

/// `source:` of a script in a shell, or what `sh -c` is given.
fn script(node: &Node) -> Option<&Passage> {
    let words: Vec<&Node> = node.each_of("command").iter().chain(node.each_of("args")).collect();
    if let Some(source) = node.get("source") {
        let is_shell =
            words.first().and_then(|word| word.text()).is_none_or(|program| program.ends_with("sh"));
        return source.passage().filter(|_| is_shell);
    }
    let at = words
        .iter()
        .position(|word| word.text().is_some_and(|text| text.starts_with('-') && text.ends_with('c')))?;
    words.get(at + 1)?.passage()
}

/// A program and its arguments, where it is no shell: `command: [skopeo, copy]`. They are the words of one command.
fn line(node: &Node) -> Option<Passage> {
    let words: Vec<&Passage> =
        node.each_of("command").iter().chain(node.each_of("args")).filter_map(Node::passage).collect();
    let is_plain = |word: &&Passage| {
        let text = word.text();
        !text.is_empty()
            && !text.contains([' ', '\n', '\'', '"', '$', '`', ';', '&', '|', '<', '>', '(', ')', '#'])
    };
    let written = node.each_of("command").first();
    let program = match written {
        Some(program) => program.text()?.rsplit('/').next()?,
        None => own_program(node.text_of("image")?)?,
    };
    // A word that a shell would read in another way, an expression's blanks included, is left alone.
    if PROGRAMS.contains(&program) && node.get("source").is_none() && words.iter().all(is_plain) {
        let mut line = Passage::default();
        if let Some(first) = words.first().filter(|_| written.is_none()) {
            line.push_for(&format!("{program} "), &first.places(0..1));
        }
        for word in words {
            line.push(word);
            let end = word.place(word.text().len().saturating_sub(1));
            line.push_for(" ", &(end..end + 1));
        }
        return Some(line);
    }
    None
}

/// The program that an image runs by itself.
fn own_program(image: &str) -> Option<&'static str> {
    let name = image.split('@').next()?;
    let name = name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(name, |(name, _)| name);
    IMAGES.iter().find(|(end, _)| name.ends_with(end)).map(|(_, program)| *program)
}

fn rendered(passage: &Passage, parameters: &Scope) -> Passage {
    substituted(passage, "{{", "}}", &|name| {
        let value = parameters.get(name).and_then(|value| value.exactly().map(str::to_owned));
        Some(value.unwrap_or_else(|| format!("${{{{ {name} }}}}")))
    })
}

/// Output parameters and artifacts.
fn kept(template: &Node) -> Vec<Kept> {
    let mut kept = Vec::new();
    for (list, how) in [("parameters", KeptAs::Output), ("artifacts", KeptAs::Artifact)] {
        for output in template.at(&["outputs", list]).map(Node::each).unwrap_or_default() {
            let path = output.at(&["valueFrom", "path"]).or_else(|| output.get("path"));
            let Some(text) = path.and_then(Node::text) else { continue };
            let bytes = path.map_or(output.bytes.clone(), |path| path.bytes.clone());
            kept.push(Kept::path(how, Known::one_of([text.to_owned()]), text, bytes, output.bytes.clone()));
        }
    }
    kept
}
