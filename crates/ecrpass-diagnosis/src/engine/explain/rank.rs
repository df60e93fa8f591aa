//! From all the causes that may explain a log's lines to the findings: the best first, symptoms behind their causes.

use std::collections::BTreeSet;

use ecrpass_core::sort::sort_by_key;

use ecrpass_core::DiagnosisId;

use super::candidates::Candidates;
use super::matcher::Matcher;
use super::near::NEAR;
use super::skew::skew;
use super::window::Candidate;
use crate::catalogue::{self, administrators, general};
use crate::finding::{Confidence, Evidence, Finding, Fix, Occurrences, Situation};

/// From this weight on the log itself says what the cause is.
const CERTAIN: u8 = 90;
/// From this weight on nothing else explains it as well.
const LIKELY: u8 = 70;
/// How far behind the best a cause may be and still be worth a thought.
const WORTH_A_THOUGHT: u8 = 35;
/// How many possible causes of one thing are reported.
const POSSIBLE: usize = 3;
/// How many different lines are kept of a cause.
const KEPT: usize = 50;
/// How many lines are quoted for a finding.
const QUOTED: usize = 3;

/// The candidates of one cause.
struct Cause {
    best: Candidate,
    lines: Vec<Candidate>,
}

/// Makes findings of candidates.
pub fn findings(source: &str, candidates: Candidates) -> Vec<Finding> {
    let Candidates { mut all, seen, tally, .. } = candidates;
    // Where something speaks for itself, what is known in general adds nothing.
    if all.iter().any(|candidate| candidate.weight > general::MOST) {
        all.retain(|candidate| !candidate.is_general);
    }
    let mut causes: Vec<Cause> = Vec::new();
    for candidate in all {
        match causes.iter_mut().find(|cause| cause.best.entry == candidate.entry) {
            None => causes.push(Cause { best: candidate.clone(), lines: vec![candidate] }),
            Some(cause) => {
                if cause.best.weight < candidate.weight {
                    cause.best = candidate.clone();
                }
                let has_room = cause.lines.len() < KEPT;
                match cause.lines.iter_mut().find(|seen| seen.text == candidate.text) {
                    Some(seen) if seen.weight < candidate.weight => *seen = candidate,
                    None if has_room => cause.lines.push(candidate),
                    _ => {}
                }
            }
        }
    }
    sort_by_key(&mut causes, |cause| {
        (std::cmp::Reverse(cause.best.weight), cause.best.line, cause.best.entry)
    });
    let Some(top) = causes.first().map(|cause| cause.best.weight) else { return Vec::new() };
    let (named, others): (Vec<Cause>, Vec<Cause>) = if top >= CERTAIN {
        causes.into_iter().partition(|cause| cause.best.weight >= CERTAIN || is_symptom(cause))
    } else {
        let mut causes = causes;
        causes.retain(|cause| cause.best.weight + WORTH_A_THOUGHT >= top);
        let others = causes.split_off(causes.len().min(POSSIBLE));
        (causes, others)
    };
    let rivals: Vec<(usize, usize)> =
        named.iter().chain(&others).map(|cause| (cause.best.entry, cause.best.line)).collect();
    let (named, symptom) = without_symptom(named);
    let occurrences = |cause: &Cause| tally.of(cause.best.entry, &seen);
    let mut findings: Vec<Finding> =
        named.into_iter().filter_map(|cause| finding(source, &cause, &rivals, occurrences(&cause))).collect();
    if let (Some(symptom), Some(first)) = (symptom, findings.first_mut()) {
        let title = catalogue::find(symptom).page.title();
        first.consequences.push(format!("It leads to this as well: {title} [{symptom}]."));
    }
    findings
}

/// What follows from other causes: a login without a password, where the command before it gave none.
const SYMPTOM: DiagnosisId = DiagnosisId::NonTtyLogin;

fn is_symptom(cause: &Cause) -> bool {
    Matcher::get().entries.get(cause.best.entry).is_some_and(|entry| entry.id == SYMPTOM)
}

/// Where another cause stands before the symptom, it is no cause of its own.
fn without_symptom(mut named: Vec<Cause>) -> (Vec<Cause>, Option<DiagnosisId>) {
    let Some(at) = named.iter().position(is_symptom) else { return (named, None) };
    let line = named.get(at).map_or(0, |cause| cause.best.line);
    let is_before =
        |cause: &Cause| !is_symptom(cause) && cause.best.line <= line && line - cause.best.line <= NEAR;
    if !named.iter().any(is_before) {
        return (named, None);
    }
    named.remove(at);
    (named, Some(SYMPTOM))
}

fn finding(
    source: &str,
    cause: &Cause,
    rivals: &[(usize, usize)],
    occurrences: Option<Occurrences>,
) -> Option<Finding> {
    let entries = &Matcher::get().entries;
    let slug = |entry: usize| entries.get(entry).map_or("", |diagnosis| diagnosis.id.slug());
    let Candidate { entry, weight, details, .. } = &cause.best;
    let diagnosis = entries.get(*entry)?;
    let confidence = match *weight {
        CERTAIN.. => Confidence::Certain,
        LIKELY.. => Confidence::Likely,
        _ => Confidence::Possible,
    };
    let mut lines: Vec<&Candidate> = cause.lines.iter().filter(|line| line.weight == *weight).collect();
    sort_by_key(&mut lines, |line| line.line);
    let evidence = lines.into_iter().take(QUOTED).map(|line| Evidence {
        source: source.to_owned(),
        line: Some(line.line),
        column: None,
        text: line.text.clone(),
        mark: line.mark,
        label: None,
    });
    let situation = Situation::of(details).saying(&cause.best.text);
    let mut fixes: Vec<Fix> = diagnosis.fixes(&situation).collect();
    if confidence != Confidence::Certain
        && let Some(confirmation) = diagnosis.confirmation(&situation)
    {
        fixes.insert(0, confirmation);
    }
    // What only shows something gets a list of its own.
    let mut commands = BTreeSet::new();
    fixes.retain(|fix| fix.command().is_none_or(|command| commands.insert(command)));
    let same = |(other, line): &&(usize, usize)| {
        *other != *entry && (confidence != Confidence::Certain || *line == cause.best.line)
    };
    if confidence == Confidence::Certain {
        fixes.splice(0..0, administrators::message(diagnosis.id, details, &fixes));
    }
    let mut finding = diagnosis.found(confidence, evidence.collect(), details.clone(), fixes);
    if let Some(skew) = skew(&cause.best.text).filter(|_| diagnosis.id == DiagnosisId::ClockSkew) {
        finding.explanation = format!("{}\n\n{skew}", finding.explanation);
    }
    finding.occurrences = occurrences.filter(|occurrences| occurrences.lines > finding.evidence.len() as u64);
    finding.alternatives = rivals.iter().filter(same).map(|(other, _)| slug(*other).to_owned()).collect();
    Some(finding)
}
