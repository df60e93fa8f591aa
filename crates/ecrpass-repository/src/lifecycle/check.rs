//! What has to be right between the rules of a lifecycle policy, and what no count type takes.

use std::collections::BTreeSet;

use ecrpass_json::Position;

use super::policy::{Action, Count, Policy, Rule, Selection, StorageClass};
use super::problem::Problem;

/// How long images stay in the archive at least. Source: User Guide, "Archiving an image".
const LEAST_DAYS_IN_ARCHIVE: u64 = 90;

/// How many `*` a pattern may have. Source: User Guide, "Tag pattern list".
const MOST_WILDCARDS: usize = 4;

/// How many rules a policy may have. Source: General Reference, "Amazon ECR endpoints and quotas".
const MOST_RULES: usize = 50;

/// Everything that is wrong, by rule; `at` gives the place of a line and the line itself.
pub(super) fn problems(policy: &Policy, at: impl Fn(usize) -> (Position, String)) -> Vec<Problem> {
    let mut found: Vec<(usize, String)> = Vec::new();
    if let Some(rule) = policy.rules.get(MOST_RULES) {
        found.push((rule.line, format!("a lifecycle policy has at most {MOST_RULES} rules")));
    }
    let mut priorities = BTreeSet::new();
    let mut prefixes = BTreeSet::new();
    let mut untagged = BTreeSet::new();
    for rule in &policy.rules {
        let mut say = |what: String| found.push((rule.line, what));
        if !priorities.insert(rule.priority) {
            say(format!("another rule has the rulePriority {}, too", rule.priority));
        }
        if let Selection::Prefixes(all) = &rule.selection {
            for prefix in all {
                if !prefixes.insert((rule.storage, prefix.clone())) {
                    say(format!("the prefix `{prefix}` is in another rule, too"));
                }
            }
        }
        if rule.selection == Selection::Untagged && !untagged.insert(rule.storage) {
            say("another rule selects untagged images, too".to_owned());
        }
        own(rule).into_iter().for_each(&mut say);
        let is_after = |other: &&Rule| other.storage == rule.storage && other.priority > rule.priority;
        if rule.selection == Selection::Any && policy.rules.iter().any(|other| is_after(&other)) {
            say("a rule for `any` images has the highest rulePriority: all rules after it would be idle"
                .to_owned());
        }
    }
    found.sort();
    let problem = |(line, what)| {
        let (at, excerpt) = at(line);
        Problem { at, what, excerpt }
    };
    found.into_iter().map(problem).collect()
}

/// What is wrong with a rule by itself.
fn own(rule: &Rule) -> Vec<String> {
    let mut found = Vec::new();
    if let Selection::Patterns(patterns) = &rule.selection {
        for pattern in patterns {
            if pattern.matches('*').count() > MOST_WILDCARDS {
                found.push(format!("the pattern `{pattern}` has more than {MOST_WILDCARDS} wildcards"));
            }
        }
    }
    match (rule.count, rule.storage, rule.action) {
        (Count::DaysSinceArchived(_), StorageClass::Standard, _) => {
            found.push("`sinceImageTransitioned` needs `\"storageClass\": \"archive\"`".to_owned());
        }
        (Count::DaysSinceArchived(_), _, Action::Archive) => {
            found.push("what is archived can only be expired".to_owned());
        }
        (Count::DaysSinceArchived(days), ..) if days < LEAST_DAYS_IN_ARCHIVE => {
            found.push(format!("images stay in the archive for {LEAST_DAYS_IN_ARCHIVE} days at least"));
        }
        (Count::DaysSinceArchived(_), ..) => {}
        (_, StorageClass::Archive, _) => {
            found.push("only `sinceImageTransitioned` goes with the storage class `archive`".to_owned());
        }
        (Count::DaysSincePull(_), _, Action::Expire) => {
            let what = "`sinceImagePulled` can archive only; expire with `sinceImageTransitioned` after that";
            found.push(what.to_owned());
        }
        _ => {}
    }
    found
}
