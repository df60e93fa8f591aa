//! Statements that never have an effect: an Allow that a Deny without conditions in the same document takes back in full.

use crate::document::model::{Document, Effect, Listed, Named, Statement};
use crate::document::problem::ProblemKind;

/// How many pairs of statements are compared, and of patterns in two of them: enough for every document AWS takes.
const MAX_PAIRS: usize = 20_000;

/// Reports every such Allow.
pub(super) fn check(document: &Document, report: &mut impl FnMut(usize, ProblemKind)) {
    let is = |effect: Effect| move |statement: &&Statement| statement.effect == effect;
    let denies: Vec<&Statement> = document
        .statements
        .iter()
        .filter(is(Effect::Deny))
        .filter(|deny| deny.conditions.is_empty() && !deny.actions.negated)
        .collect();
    let allows = document.statements.iter().filter(is(Effect::Allow));
    let pairs = allows.flat_map(|allow| denies.iter().map(move |deny| (allow, *deny)));
    let mut reported = None;
    for (allow, deny) in pairs.take(MAX_PAIRS) {
        if reported != Some(allow.span.start) && covers(deny, allow) {
            reported = Some(allow.span.start);
            report(allow.span.start, ProblemKind::TakenBack(deny.position.line));
        }
    }
}

/// Whether one speaks of everything the other does. Patterns are compared as texts: a pattern with `*` that matches
/// another's own text, wildcards and all, matches whatever that one does. With `?` that holds for plain texts only.
fn covers(deny: &Statement, allow: &Statement) -> bool {
    let listed = |statement: &Statement| {
        statement.actions.items.len().max(statement.resources.as_ref().map_or(0, |listed| listed.items.len()))
    };
    if listed(deny).saturating_mul(listed(allow)) > MAX_PAIRS {
        return false;
    }
    let actions = !allow.actions.negated
        && allow.actions.items.iter().all(|allowed| {
            let text = allowed.value.text.to_ascii_lowercase();
            let fits = |pattern: &str| !pattern.contains('?') || !text.contains('*');
            deny.actions.items.iter().any(|denied| fits(&denied.value.text) && denied.value.matches(&text))
        });
    actions && resources(deny, allow) && principals(&deny.principals, &allow.principals)
}

fn resources(deny: &Statement, allow: &Statement) -> bool {
    let Some(denied) = &deny.resources else { return true };
    if denied.negated {
        return false;
    }
    if denied.items.iter().any(|item| item.value.is_everything()) {
        return true;
    }
    let Some(allowed) = allow.resources.as_ref().filter(|listed| !listed.negated) else { return false };
    allowed.items.iter().all(|item| {
        // A variable's value is not known here.
        let text = item.value.text();
        let fits = |pattern: &str| !pattern.contains("${") && (!pattern.contains('?') || !text.contains('*'));
        !text.contains("${")
            && denied.items.iter().any(|denied| fits(denied.value.text()) && denied.value.covers(text))
    })
}

fn principals(denied: &Option<Listed<Named>>, allowed: &Option<Listed<Named>>) -> bool {
    let Some(denied) = denied else { return true };
    if denied.negated {
        return false;
    }
    if denied.items.iter().any(|item| item.value.is_everyone()) {
        return true;
    }
    allowed.as_ref().is_some_and(|allowed| {
        !allowed.negated
            && allowed.items.iter().all(|item| denied.items.iter().any(|denied| denied.value == item.value))
    })
}
