//! The elements a statement has, as far as its kind of policy allows and demands them.

use crate::document::model::{Effect, NamedKind, Statement};
use crate::document::problem::ProblemKind;
use crate::layer::Layer;

/// Elements that this kind of policy must not have, or must have.
pub(super) fn check(statement: &Statement, layer: Layer, report: &mut impl FnMut(usize, ProblemKind)) {
    principals(statement, layer, report);
    match (&statement.resources, layer) {
        // ECR answers "Invalid repository policy provided"; roles are their trust policy's resource.
        (Some(listed), Layer::Repository | Layer::Trust) => {
            report(listed.span.start, ProblemKind::NotInThisPolicy("Resource"));
        }
        (None, Layer::Repository | Layer::Trust) => {}
        (Some(listed), _) if listed.negated && statement.effect == Effect::Allow => {
            report(listed.span.start, ProblemKind::AllowsTheRest("NotResource"));
        }
        (Some(_), _) => {}
        (None, _) => report(statement.span.start, ProblemKind::Missing("Resource")),
    }
    if statement.actions.negated && statement.effect == Effect::Allow {
        report(statement.actions.span.start, ProblemKind::AllowsTheRest("NotAction"));
    }
}

fn principals(statement: &Statement, layer: Layer, report: &mut impl FnMut(usize, ProblemKind)) {
    match &statement.principals {
        Some(listed) if !layer.names_principals() => {
            report(listed.span.start, ProblemKind::NotInThisPolicy("Principal"));
        }
        Some(listed) if listed.negated && statement.effect == Effect::Allow => {
            report(listed.span.start, ProblemKind::NotPrincipalAllows);
        }
        Some(listed) if listed.negated => report(listed.span.start, ProblemKind::NotPrincipal),
        None if layer.names_principals() => report(statement.span.start, ProblemKind::Missing("Principal")),
        _ => {}
    }
    for item in statement.principals.iter().flat_map(|listed| &listed.items) {
        if item.value.kind == NamedKind::Aws && is_unique_id(&item.value.text) {
            report(item.span.start, ProblemKind::DeletedPrincipal(item.value.text.clone()));
        }
    }
}

/// `AROA…` of a role, `AIDA…` of a user: what IAM puts in place of an ARN once its owner is deleted. Source: IAM User
/// Guide, "IAM identifiers".
fn is_unique_id(text: &str) -> bool {
    let is_id = |prefix: &str| text.strip_prefix(prefix).is_some_and(|rest| rest.len() >= 12);
    (is_id("AROA") || is_id("AIDA")) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Variables in a document that knows none.
pub(super) fn variables(statement: &Statement, report: &mut impl FnMut(usize, ProblemKind)) {
    for item in statement.resources.iter().flat_map(|listed| &listed.items) {
        if item.value.text().contains("${") {
            report(item.span.start, ProblemKind::VariablesNotKnown);
        }
    }
    for condition in &statement.conditions {
        if condition.values.iter().any(|value| value.text().contains("${")) {
            report(condition.span.start, ProblemKind::VariablesNotKnown);
        }
    }
}
