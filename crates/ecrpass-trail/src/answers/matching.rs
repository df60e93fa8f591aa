//! Leaves of the evidence what is asked for; where that is nothing, says what there is, so that a slip in a name is not taken
//! for good news.

use std::collections::{BTreeMap, BTreeSet};

use ecrpass_core::count::grouped;
use ecrpass_core::redact::redact;
use ecrpass_core::time::rfc3339;

use crate::evidence::{Evidence, Kind};
use crate::outside::Stretch;
use crate::report::text::clock;
use crate::who::{Who, is_asked_for};

/// How many names are told.
const MOST: usize = 5;

/// Leaves what is asked for. Changes stay: they may be causes of anything. What there is instead comes back where nothing is
/// left.
pub fn narrow(evidence: &mut Evidence, principal: Option<&str>, repository: Option<&str>) -> Option<String> {
    if evidence.kinds.is_empty() {
        return outside(evidence);
    }
    if let Some(asked) = principal {
        let is_wanted = |kind: &Kind| is_asked_for(asked, &kind.of.principal);
        if !evidence.kinds.iter().any(is_wanted) {
            let there = counted(evidence, |kind| Some(Who::of(&kind.of.principal).words()));
            evidence.kinds.clear();
            return Some(format!(
                "No call by {} is in these records. {}",
                named(asked),
                told("Calls are by", there)
            ));
        }
        evidence.kinds.retain(is_wanted);
    }
    if let Some(repository) = repository {
        let users: BTreeSet<String> = evidence
            .kinds
            .iter()
            .filter(|kind| *kind.of.repository == *repository)
            .map(|kind| kind.of.principal.to_string())
            .collect();
        if users.is_empty() {
            let there = counted(evidence, |kind| {
                Some(kind.of.repository.to_string()).filter(|name| !name.is_empty())
            });
            let by = principal.map(|asked| format!(" by {}", named(asked))).unwrap_or_default();
            evidence.kinds.clear();
            return Some(format!(
                "No call about the repository {}{by} is in these records. {}",
                named(repository),
                told("Calls are about", there)
            ));
        }
        // Without a token nobody reaches the repository.
        evidence.kinds.retain(|kind| {
            let of = &kind.of;
            *of.repository == *repository || of.repository.is_empty() && users.contains(of.principal.as_ref())
        });
    }
    None
}

/// Calls of ECR that are there, but not within the time that is asked for.
fn outside(evidence: &Evidence) -> Option<String> {
    let calls = |calls: Stretch, side: &str, end: &str, at: i64| {
        format!("{} {side} it, the {end} at {}", grouped(calls.count), clock(&rfc3339(at)))
    };
    let before = evidence.before.map(|before| calls(before, "before", "last", before.last));
    let after = evidence.after.map(|after| calls(after, "after", "first", after.first));
    let there: Vec<String> = before.into_iter().chain(after).collect();
    (!there.is_empty()).then(|| {
        format!(
            "No call of ECR is within the time that was asked for. These records have {}.",
            there.join(", and ")
        )
    })
}

/// What the calls of ECR have, and how many have it, the most first.
fn counted(evidence: &Evidence, what: impl Fn(&Kind) -> Option<String>) -> Vec<(String, u64)> {
    let mut all: BTreeMap<String, u64> = BTreeMap::new();
    for kind in evidence.kinds.iter().filter(|kind| kind.is_counted()) {
        if let Some(name) = what(kind) {
            *all.entry(name).or_default() += kind.count();
        }
    }
    let mut all: Vec<(String, u64)> = all.into_iter().collect();
    all.sort_by(|(a, x), (b, y)| y.cmp(x).then(a.cmp(b)));
    all
}

fn told(before: &str, there: Vec<(String, u64)>) -> String {
    if there.is_empty() {
        return "They name none.".to_owned();
    }
    let more = there.len().saturating_sub(MOST);
    let mut names: Vec<String> = there
        .into_iter()
        .take(MOST)
        .map(|(name, count)| format!("{} ({})", redact(&name), grouped(count)))
        .collect();
    if more > 0 {
        names.push(format!("and {} more", grouped(more as u64)));
    }
    format!("{before} {}.", names.join(", "))
}

fn named(asked: &str) -> String {
    format!("`{}`", redact(asked))
}
