//! Outputs of steps and jobs: what they are, as far as it is known, and that jobs hand them on.

use std::collections::HashMap;
use std::ops::Range;

use crate::known::Known;
use crate::pipeline::github::context::{Context, Outputs};
use crate::pipeline::handed_variables;
use crate::pipeline::model::{Job, Kept, KeptAs, Step, StepKind};
use crate::yaml::Node;

/// The outputs of the jobs that were read already.
pub(super) type OfJobs = Outputs;

/// The outputs of a job as what it keeps.
pub(super) fn of_job(node: &Node, context: &Context<'_>) -> Vec<Kept> {
    kept(
        node.members_of("outputs").iter().map(|(key, value)| (key.text.as_str(), value, key.bytes.clone())),
        context,
    )
}

/// The outputs of a composite action.
pub(super) fn of_action(root: &Node, context: &Context<'_>) -> Vec<Kept> {
    let outputs = root.members_of("outputs").iter();
    kept(
        outputs.filter_map(|(key, node)| Some((key.text.as_str(), node.get("value")?, key.bytes.clone()))),
        context,
    )
}

fn kept<'a>(
    outputs: impl Iterator<Item = (&'a str, &'a Node, Range<usize>)>,
    context: &Context<'_>,
) -> Vec<Kept> {
    let kept = outputs.map(|(name, value, by)| Kept {
        how: KeptAs::Output,
        what: Known::Exactly(name.to_owned()),
        value: context.value(value.text().unwrap_or_default()),
        raw: value.text().unwrap_or_default().to_owned(),
        bytes: value.bytes.clone(),
        by,
        except: Vec::new(),
        path: None,
    });
    kept.collect()
}

/// What a job's outputs are for the jobs that need it.
pub(super) fn values(job: &Job) -> HashMap<String, Known> {
    let outputs = job.kept.iter().filter(|kept| kept.how == KeptAs::Output);
    outputs.filter_map(|kept| Some((kept.what.exactly()?.to_owned(), kept.value.clone()))).collect()
}

/// The outputs that a script step sets.
pub(super) fn of_step(step: &Step) -> Vec<(String, Known)> {
    match &step.kind {
        StepKind::Run(script) => handed_variables::written_to(script, "GITHUB_OUTPUT"),
        _ => Vec::new(),
    }
}
