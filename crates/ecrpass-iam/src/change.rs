//! The smallest change to the policies at hand that lets a denied case through, tried out before it is proposed: what is
//! not allowed afterwards is not shown. What a denial says where no policy is at hand is [`crate::explain`]'s.

mod candidates;
mod edit;
mod layout;
mod pretty;
mod statement;
mod within;

use std::cmp::Reverse;
use std::ops::Range;

use ecrpass_core::sort::sort_by_key;

pub use self::pretty::pretty;
pub use self::within::Within;
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
    /// Where it stands in that file; `None` for a new one, and for one that the file holds encoded, as a string in JSON.
    pub within: Option<Within>,
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
                let candidates::Step { place, source, within, old, new } = step;
                changes.push((Change { source, within, layer: place.layer, old, new }, place));
            }
        }
    }
    None
}

/// The files that are to be changed, each with all of the changes in it: its name, its text, and what it is to say.
/// Documents that are new, or stand in their file in another form, are not among them.
pub fn files(changes: &[Change]) -> Vec<(&str, &str, String)> {
    type Edits<'a> = Vec<(&'a Range<usize>, &'a str)>;
    let mut files: Vec<(&str, &str, Edits<'_>)> = Vec::new();
    for change in changes {
        let (Some(name), Some(within)) = (change.source.as_deref(), &change.within) else { continue };
        let edit = (&within.span, change.new.as_str());
        match files.iter_mut().find(|(known, text, _)| *known == name && *text == within.file_text()) {
            Some((.., edits)) => edits.push(edit),
            None => files.push((name, within.file_text(), vec![edit])),
        }
    }
    let changed = files.into_iter().map(|(name, text, mut edits)| {
        sort_by_key(&mut edits, |(span, _)| span.start);
        let (mut new, mut at) = (String::with_capacity(text.len()), 0);
        for (span, with) in edits {
            new.push_str(text.get(at..span.start).unwrap_or_default());
            new.push_str(with);
            at = span.end;
        }
        new.push_str(text.get(at..).unwrap_or_default());
        (name, text, new)
    });
    changed.collect()
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
