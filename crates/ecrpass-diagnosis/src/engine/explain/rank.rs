//! From all the causes that may explain a log's lines to the findings: the best first, symptoms behind their causes.

use std::collections::BTreeMap;

use super::matcher::Matcher;
use super::window::Candidate;
use crate::finding::{Confidence, Details, Evidence, Finding, Fix};

/// From this weight on the log itself says what the cause is.
const CERTAIN: u8 = 90;
/// From this weight on nothing else explains it as well.
const LIKELY: u8 = 70;
/// How far behind the best a cause may be and still be worth a thought.
const WORTH_A_THOUGHT: u8 = 35;
/// How many possible causes of one thing are told.
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
pub fn findings(source: &str, candidates: Vec<Candidate>) -> Vec<Finding> {
    let mut by_entry: BTreeMap<usize, Cause> = BTreeMap::new();
    for candidate in candidates {
        match by_entry.get_mut(&candidate.entry) {
            None => {
                let cause = Cause { best: candidate.clone(), lines: vec![candidate] };
                by_entry.insert(cause.best.entry, cause);
            }
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
    let mut causes: Vec<Cause> = by_entry.into_values().collect();
    causes.sort_by_key(|cause| (std::cmp::Reverse(cause.best.weight), cause.best.line));
    let Some(top) = causes.first().map(|cause| cause.best.weight) else { return Vec::new() };
    let (told, others): (Vec<Cause>, Vec<Cause>) = if top >= CERTAIN {
        causes.into_iter().partition(|cause| cause.best.weight >= CERTAIN)
    } else {
        let mut causes = causes;
        causes.retain(|cause| cause.best.weight + WORTH_A_THOUGHT >= top);
        let others = causes.split_off(causes.len().min(POSSIBLE));
        (causes, others)
    };
    let rivals: Vec<(usize, usize)> =
        told.iter().chain(&others).map(|cause| (cause.best.entry, cause.best.line)).collect();
    told.into_iter().filter_map(|cause| finding(source, &cause, &rivals)).collect()
}

fn finding(source: &str, cause: &Cause, rivals: &[(usize, usize)]) -> Option<Finding> {
    let entries = &Matcher::get().entries;
    let slug = |entry: usize| entries.get(entry).map_or("", |diagnosis| diagnosis.id.slug());
    let Candidate { entry, weight, details, .. } = &cause.best;
    let diagnosis = entries.get(*entry)?;
    let page = diagnosis.page;
    let confidence = match *weight {
        CERTAIN.. => Confidence::Certain,
        LIKELY.. => Confidence::Likely,
        _ => Confidence::Possible,
    };
    let mut lines: Vec<&Candidate> = cause.lines.iter().filter(|line| line.weight == *weight).collect();
    lines.sort_by_key(|line| line.line);
    let evidence = lines.into_iter().take(QUOTED).map(|line| Evidence {
        source: source.to_owned(),
        line: Some(line.line),
        column: None,
        text: line.text.clone(),
        mark: line.mark,
    });
    let mut fixes: Vec<Fix> = diagnosis.fixes(details).collect();
    if confidence != Confidence::Certain && !diagnosis.decide.is_empty() {
        let command = Some(details.fill(diagnosis.decide));
        let summary = "find out whether it is this".to_owned();
        fixes.insert(0, Fix { summary, command, automatic: false, applied: false });
    }
    let same = |(other, line): &&(usize, usize)| {
        *other != *entry && (confidence != Confidence::Certain || *line == cause.best.line)
    };
    Some(Finding {
        id: diagnosis.id.slug().to_owned(),
        severity: diagnosis.severity,
        confidence,
        title: page.title().to_owned(),
        explanation: page.explanation(),
        evidence: evidence.collect(),
        fixes,
        alternatives: rivals.iter().filter(same).map(|(other, _)| slug(*other).to_owned()).collect(),
        details: Some(details.clone()).filter(|details| *details != Details::default()),
        consequences: Vec::new(),
        impact: page.impact(),
        after: page.after().map(|after| details.fill(&after)),
        help: format!("ecrpass explain --id {}", diagnosis.id),
    })
}
