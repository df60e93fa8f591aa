//! The smallest change to the policies at hand that lets a denied case through, tried out before it is proposed: what is
//! not allowed afterwards is not shown. What a denial says where no policy is at hand is [`crate::explain`]'s.

mod candidates;
mod edit;
mod pretty;
mod statement;

use std::cmp::Reverse;

pub use self::pretty::pretty;
use crate::case::{Answers, Case};
use crate::evaluate::{Policies, Verdict};
use crate::layer::Layer;

/// How many documents may have to be changed, one after the other.
const MAX_STEPS: usize = 12;

/// How many changes are tried out at each step, and on how many of the requests that are denied alike.
const MAX_TRIED: usize = 60;
const MAX_REQUESTS: usize = 25;

/// A document that is to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What its file is called; `None` for a document that is new.
    pub source: Option<String>,
    /// Where it hangs.
    pub layer: Layer,
    /// What it says now; empty for a new one.
    pub old: String,
    /// What it is to say.
    pub new: String,
}

/// Changes that were tried out.
#[derive(Clone, Debug)]
pub struct Proven {
    /// The changes, all of which it takes.
    pub changes: Vec<Change>,
    /// What the changed policies say: everything is allowed.
    pub answers: Answers,
}

/// The changes that allow all of a case, and the answers once they are made; none when it is allowed, depends on what is
/// not known, or takes more than a statement here and there.
pub fn smallest(case: &Case, policies: &Policies) -> Option<Proven> {
    let mut changed = policies.clone();
    let mut changes: Vec<(Change, candidates::Place)> = Vec::new();
    for _ in 0..MAX_STEPS {
        let answers = case.decide(&changed);
        if answers.verdict() == Verdict::Allowed {
            let changes: Vec<Change> = changes.into_iter().map(|(change, _)| change).collect();
            return (!changes.is_empty()).then_some(Proven { changes, answers });
        }
        let (step, after) = step(case, &changed, &answers)?;
        changed = after;
        // A document that is changed twice is shown once.
        match changes.iter_mut().find(|(_, place)| *place == step.place) {
            Some((change, _)) => change.new = step.new,
            None => {
                let change =
                    Change { source: step.source, layer: step.place.layer, old: step.old, new: step.new };
                changes.push((change, step.place));
            }
        }
    }
    None
}

/// The first candidate that leaves less in the way of what is denied. None of them can deny what was allowed.
fn step(case: &Case, policies: &Policies, answers: &Answers) -> Option<(candidates::Step, Policies)> {
    let (_, denied) = answers.reasons().into_iter().find(|(_, answers)| {
        answers.first().is_some_and(|answer| answer.decision.verdict != Verdict::Depends)
    })?;
    let actions = denied.iter().take(MAX_REQUESTS).map(|answer| answer.request.action.clone());
    let part = Case { actions: actions.collect(), ..case.clone() };
    let before = progress(&part.decide(policies));
    candidates::of(policies, &denied).into_iter().take(MAX_TRIED).find_map(|step| {
        let mut after = policies.clone();
        step.place.put(&mut after, step.reading()?);
        (progress(&part.decide(&after)) > before).then_some((step, after))
    })
}

/// How far a case gets: how many requests are not denied for certain, and how little stands in the way of the others.
fn progress(answers: &Answers) -> (usize, Reverse<usize>) {
    let not_denied = |verdict: Verdict| matches!(verdict, Verdict::Allowed | Verdict::Depends);
    let through = answers.answers.iter().filter(|answer| not_denied(answer.decision.verdict)).count();
    (through, Reverse(answers.answers.iter().map(|answer| answer.decision.hurdles).sum()))
}

#[cfg(test)]
mod tests;
