//! Outputs of steps and jobs: what they are, as far as it is known, and that jobs hand them on.

use std::collections::HashMap;
use std::ops::Range;

use crate::known::Known;
use crate::pipeline::github::context::{Context, Outputs};
use crate::pipeline::model::{Job, Kept, KeptAs, Step, StepKind};
use crate::shell::{Output, Script, Word};
use crate::yaml::Node;

/// The outputs of the jobs that were read already.
pub(super) type OfJobs = Outputs;

/// The outputs of a job as what it keeps.
pub(super) fn of_job(node: &Node) -> Vec<Kept> {
    kept(node.members_of("outputs").iter().map(|(key, value)| (key.text.as_str(), value, key.bytes.clone())))
}

/// The outputs of a composite action.
pub(super) fn of_action(root: &Node) -> Vec<Kept> {
    let outputs = root.members_of("outputs").iter();
    kept(outputs.filter_map(|(key, node)| Some((key.text.as_str(), node.get("value")?, key.bytes.clone()))))
}

fn kept<'a>(outputs: impl Iterator<Item = (&'a str, &'a Node, Range<usize>)>) -> Vec<Kept> {
    let kept = outputs.map(|(name, value, by)| Kept {
        how: KeptAs::Output,
        what: Known::Exactly(name.to_owned()),
        raw: value.text().unwrap_or_default().to_owned(),
        bytes: value.bytes.clone(),
        by,
    });
    kept.collect()
}

/// What a job's outputs are for the jobs that need it.
pub(super) fn values(job: &Job, context: &Context<'_>) -> HashMap<String, Known> {
    let outputs = job.kept.iter().filter(|kept| kept.how == KeptAs::Output);
    outputs.filter_map(|kept| Some((kept.what.exactly()?.to_owned(), context.value(&kept.raw)))).collect()
}

/// What a script writes to a file that the runner reads: `echo "name=value" >> "$GITHUB_OUTPUT"`.
pub(super) fn written(script: &Script, file: &str) -> Vec<(String, Known)> {
    let mut all = Vec::new();
    for command in script.commands.iter().filter(|command| !command.is_off) {
        let Output::File(target) = &command.output else { continue };
        if !names(target, file) || !matches!(command.program(), "echo" | "printf") {
            continue;
        }
        let words: Vec<&Word> = command.words.iter().skip(1).filter(|word| !word.raw.starts_with('-')).collect();
        let [word] = words.as_slice() else { continue };
        for text in lines(&word.value) {
            let name = text.alternatives().next().and_then(|text| text.split_once('=')).map(|(name, _)| name.to_owned());
            if let Some(name) = name {
                all.push((name, text.map(|text| text.split_once('=').map_or("", |(_, value)| value).to_owned())));
            }
        }
    }
    all
}

/// Lines of a text of which one alternative is known; several as they are.
fn lines(value: &Known) -> Vec<Known> {
    match value {
        Known::Exactly(text) | Known::Made(text) => {
            text.lines().map(|line| Known::one_of([line.trim_end_matches("\\n").to_owned()])).collect()
        }
        other => vec![other.clone()],
    }
}

/// Whether a word names a file of the runner: `$GITHUB_ENV`, `"${GITHUB_ENV}"`, `$env:GITHUB_ENV`.
pub(super) fn names(word: &Word, file: &str) -> bool {
    word.raw.contains(file) || word.shown().contains(file)
}

/// The outputs that a script step sets.
pub(super) fn of_step(step: &Step) -> Vec<(String, Known)> {
    match &step.kind {
        StepKind::Run(script) => written(script, "GITHUB_OUTPUT"),
        _ => Vec::new(),
    }
}
