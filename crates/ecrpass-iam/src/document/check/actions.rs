//! Actions and resources of ECR: names there are none of, and pairs of them that no request brings together.

use ecrpass_core::Arn;
use ecrpass_core::wildcard::Pattern;

use crate::actions::{self, Scope};
use crate::document::model::{ActionPattern, Located, Statement};
use crate::document::problem::ProblemKind;
use crate::keys;

/// Actions by name that ECR does not have, or that only a statement on `*` speaks of; resources that no repository is.
pub(super) fn check(statement: &Statement, report: &mut impl FnMut(usize, ProblemKind)) {
    let scoped = statement.resources.as_ref().filter(|listed| !listed.negated);
    let is_scoped = scoped.is_some_and(|listed| listed.items.iter().all(|item| !item.value.is_everything()));
    for action in &statement.actions.items {
        let Some(mut meant) = meant(action) else { continue };
        if meant.is_empty() {
            report(action.span.start, ProblemKind::UnknownAction(action.value.text.clone()));
        } else if is_scoped && !statement.actions.negated {
            meant.retain(|(_, scope)| *scope == Scope::Repository);
            if meant.is_empty() {
                report(action.span.start, ProblemKind::IgnoresResource(action.value.text.clone()));
            }
        }
    }
    for item in statement.resources.iter().flat_map(|listed| &listed.items) {
        if is_no_repository(item.value.text()) {
            report(item.span.start, ProblemKind::NoRepository(item.value.text().to_owned()));
        }
    }
    keys_of(statement, report);
}

/// The actions of ECR that a pattern means; `None` where it is about another service.
fn meant(action: &Located<ActionPattern>) -> Option<Vec<(String, Scope)>> {
    let (service, name) = action.value.text.split_once(':')?;
    let service = service.to_ascii_lowercase();
    let known = actions::of_service(&service);
    let pattern = Pattern::iam(&name.to_ascii_lowercase());
    let matching = known.iter().filter(|(name, _)| pattern.matches(&name.to_ascii_lowercase()));
    (!known.is_empty()).then(|| matching.map(|(name, scope)| (format!("{service}:{name}"), *scope)).collect())
}

/// An ARN of ECR that cannot be a repository's, with wildcards or without.
fn is_no_repository(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    if let ["arn", _, service, rest @ ..] = parts.as_slice() {
        let is_ecr = ["ecr", "ecr-public"].iter().any(|known| service.eq_ignore_ascii_case(known));
        // Compared as it is written; and where a part is left out, the name stands in the place of the account.
        let is_in_capitals = service.bytes().any(|byte| byte.is_ascii_uppercase());
        let lacks_a_part = rest.len() < 3 && rest.iter().any(|part| part.starts_with("repository/"));
        if is_ecr && (is_in_capitals || lacks_a_part) {
            return true;
        }
    }
    let Some(arn) = Arn::parse(text).filter(|arn| matches!(arn.service, "ecr" | "ecr-public")) else {
        return false;
    };
    let lacks_region = arn.service == "ecr" && arn.region.is_empty();
    let has_region = arn.service == "ecr-public" && !arn.region.is_empty() && arn.region != "*";
    // A wildcard or a variable may stand for the beginning.
    let literal = arn.resource.split(['*', '?', '$']).next().unwrap_or_default();
    let begins = "repository/".starts_with(literal) && literal.len() < arn.resource.len()
        || literal.starts_with("repository/");
    // Names hold no colons; those of variables do.
    let has_tag = !arn.resource.contains("${") && arn.resource.contains([':', '@']);
    lacks_region || has_region || arn.account.is_empty() || !begins || has_tag
}

/// Conditions on keys that no request for any of these actions has.
fn keys_of(statement: &Statement, report: &mut impl FnMut(usize, ProblemKind)) {
    if statement.actions.negated || statement.conditions.is_empty() {
        return;
    }
    let mut named = Vec::new();
    for action in &statement.actions.items {
        match meant(action) {
            Some(meant) => named.extend(meant.into_iter().map(|(name, _)| name)),
            None => return,
        }
    }
    let Some(first) = named.first() else { return };
    for condition in &statement.conditions {
        if named.iter().all(|action| keys::is_one_of(&keys::never_there(action), &condition.key)) {
            let (key, action) = (condition.key.clone(), first.clone());
            report(condition.span.start, ProblemKind::KeyNeverThere { key, action });
        }
    }
}
