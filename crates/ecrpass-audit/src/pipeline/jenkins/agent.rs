//! Agents: where a job runs.

use crate::known::Known;
use crate::pipeline::jenkins::tree::{Argument, Call, Statement, Value};
use crate::pipeline::jenkins::values::Values;
use crate::pipeline::model::{Host, Job};

/// What `agent …` or `node …` says of a job.
pub(super) fn apply(job: &mut Job, call: &Call, values: &Values) {
    job.host = (Host::Own, Some(call.bytes.clone()));
    for argument in &call.arguments {
        let label = match &argument.value {
            Value::Name(name) => Some(name.clone()),
            value => values.value(value).alternatives().next().map(str::to_owned),
        };
        job.labels.extend(label);
    }
    for statement in call.block.as_deref().unwrap_or_default() {
        if let Statement::Call(inner) = statement {
            kind(job, inner, values);
        }
    }
}

/// `label 'x'`, `docker { image 'x' }`, `kubernetes { … }`, `dockerfile …`, within `agent`.
fn kind(job: &mut Job, call: &Call, values: &Values) {
    match call.name.as_str() {
        "label" => {
            let label = values.argument(call.at(0));
            job.labels.extend(label.alternatives().map(str::to_owned).collect::<Vec<_>>());
        }
        "node" => {
            for statement in call.block.as_deref().unwrap_or_default() {
                if let Statement::Call(inner) = statement {
                    kind(job, inner, values);
                }
            }
        }
        "docker" | "dockerContainer" => {
            job.host.0 = Host::Unknown;
            let inside =
                call.block.as_deref().unwrap_or_default().iter().find_map(|statement| match statement {
                    Statement::Call(inner) if inner.name == "image" => inner.at(0),
                    _ => None,
                });
            if let Some(image) = call.named_or_first("image").or(inside) {
                job.container = Some((values.value(&image.value), image.bytes.clone()));
            }
            // Credentials that the container is given.
            if ["aws", "AWS", "env-file"].iter().any(|word| args_say(call, word)) {
                job.labels.push("service-account".to_owned());
            }
        }
        "kubernetes" => {
            job.host.0 = Host::Unknown;
            job.labels.push("kubernetes".to_owned());
            if says(call, "serviceAccount") {
                job.labels.push("service-account".to_owned());
            }
        }
        _ => job.host.0 = Host::Unknown,
    }
}

/// `podTemplate(…) { … }`.
pub(super) fn apply_pod(job: &mut Job, call: &Call) {
    job.host = (Host::Unknown, Some(call.bytes.clone()));
    job.labels.push("kubernetes".to_owned());
    if call.arguments.iter().any(|argument| argument_says(argument, "serviceAccount")) {
        job.labels.push("service-account".to_owned());
    }
}

/// Whether a call's arguments or settings name something.
fn says(call: &Call, word: &str) -> bool {
    let in_block = call.block.as_deref().unwrap_or_default().iter().any(|statement| match statement {
        Statement::Call(inner) => {
            inner.name.contains(word) || inner.arguments.iter().any(|argument| argument_says(argument, word))
        }
        _ => false,
    });
    in_block || call.arguments.iter().any(|argument| argument_says(argument, word))
}

/// Whether the arguments for a container's start, or what is known of them, name something.
fn args_say(call: &Call, word: &str) -> bool {
    let in_block = call.block.as_deref().unwrap_or_default().iter().any(|statement| match statement {
        Statement::Call(inner) if inner.name == "args" => {
            inner.arguments.iter().any(|argument| argument_says(argument, word))
        }
        _ => false,
    });
    in_block || call.named("args").is_some_and(|argument| argument_says(argument, word))
}

fn argument_says(argument: &Argument, word: &str) -> bool {
    let named = argument.name.as_deref().is_some_and(|name| name.contains(word));
    let in_text = matches!(&argument.value, Value::Text { passage, .. } if passage.text().contains(word));
    // A manifest that comes from elsewhere may name one.
    let is_unknown = argument.name.as_deref() == Some("yaml")
        && !matches!(argument.value, Value::Text { .. })
        || argument.name.as_deref() == Some("yamlFile");
    named || in_text || is_unknown
}

/// The region and host of an ECR credential of the docker plugin: `ecr:REGION:ID`.
pub(super) fn ecr_region(credential: &Known) -> Option<Known> {
    let mut alternatives = credential.alternatives().peekable();
    let first = alternatives.peek()?.strip_prefix("ecr:")?;
    let region = first.split(':').next()?;
    alternatives.all(|text| text.starts_with("ecr:")).then(|| Known::one_of([region.to_owned()]))
}
