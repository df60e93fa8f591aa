//! What is wrong with a document where it hangs: rules that differ between kinds of policies, and actions that ECR does
//! not have or that never match the resource they stand with.

use ecrpass_core::wildcard::Pattern;

use super::model::{Document, Effect, Statement, Version};
use super::problem::{Problem, ProblemKind};
use crate::actions::{self, Scope};
use crate::layer::Layer;

/// The problems of a document in that layer, in the order of the text.
pub fn check(document: &Document, layer: Layer) -> Vec<Problem> {
    let mut problems = Vec::new();
    for statement in &document.statements {
        let mut report = |at: usize, kind: ProblemKind| {
            problems.push(Problem { position: document.position(at), kind });
        };
        principals(statement, layer, &mut report);
        resources(statement, layer, &mut report);
        of_ecr(statement, &mut report);
        if document.version == Version::V2008 {
            variables(statement, &mut report);
        }
    }
    problems.sort_by_key(|problem| problem.position);
    problems
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
}

fn resources(statement: &Statement, layer: Layer, report: &mut impl FnMut(usize, ProblemKind)) {
    match (&statement.resources, layer) {
        // ECR answers "Invalid repository policy provided"; roles are their trust policy's resource.
        (Some(listed), Layer::Repository | Layer::Trust) => {
            report(listed.span.start, ProblemKind::NotInThisPolicy("Resource"));
        }
        (None, Layer::Repository | Layer::Trust) | (Some(_), _) => {}
        (None, _) => report(statement.span.start, ProblemKind::Missing("Resource")),
    }
}

/// Actions by name that ECR does not have, or that only a statement on `*` speaks of.
fn of_ecr(statement: &Statement, report: &mut impl FnMut(usize, ProblemKind)) {
    let scoped = statement.resources.as_ref().filter(|listed| !listed.negated);
    let is_scoped = scoped.is_some_and(|listed| listed.items.iter().all(|item| !item.value.is_everything()));
    for action in &statement.actions.items {
        let Some((service, name)) = action.value.text.split_once(':') else { continue };
        let service = service.to_ascii_lowercase();
        let known = actions::of_service(&service);
        if known.is_empty() {
            continue;
        }
        let pattern = Pattern::iam(&name.to_ascii_lowercase());
        let mut meant =
            known.iter().filter(|(name, _)| pattern.matches(&name.to_ascii_lowercase())).peekable();
        if meant.peek().is_none() {
            report(action.span.start, ProblemKind::UnknownAction(action.value.text.clone()));
        } else if is_scoped
            && !statement.actions.negated
            && meant.all(|(_, scope)| *scope == Scope::Everything)
        {
            report(action.span.start, ProblemKind::IgnoresResource(action.value.text.clone()));
        }
    }
}

fn variables(statement: &Statement, report: &mut impl FnMut(usize, ProblemKind)) {
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

#[cfg(test)]
mod tests {
    use super::super::read::read;
    use super::*;

    fn found(layer: Layer, statement: &str) -> Vec<String> {
        let document = read("p.json", &format!("{{\"Statement\":{{{statement}}}}}")).accepted().unwrap();
        check(&document, layer).iter().map(|problem| problem.kind.to_string()).collect()
    }

    #[test]
    fn each_layer_has_its_elements() {
        let identity = "\"Effect\":\"Allow\",\"Action\":\"ecr:PutImage\",\"Resource\":\"*\"";
        let repository = "\"Effect\":\"Allow\",\"Action\":\"ecr:PutImage\",\"Principal\":\"*\"";
        let both = format!("{repository},\"Resource\":\"*\"");
        for (layer, statement, expected) in [
            (Layer::Identity, identity, &[][..]),
            (Layer::Identity, &both, &["this kind of policy must not have Principal"]),
            (
                Layer::Identity,
                repository,
                &["this kind of policy must not have Principal", "Resource is missing"],
            ),
            (Layer::Repository, repository, &[]),
            (Layer::Repository, &both, &["this kind of policy must not have Resource"]),
            (
                Layer::Repository,
                identity,
                &["Principal is missing", "this kind of policy must not have Resource"],
            ),
            (Layer::Registry, &both, &[]),
            (Layer::Registry, repository, &["Resource is missing"]),
            (Layer::Trust, repository, &[]),
        ] {
            let mut found = found(layer, statement);
            found.sort();
            let mut expected: Vec<&str> = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(found, expected, "{layer} {statement}");
        }
    }

    #[test]
    fn actions_are_held_to_what_ecr_has() {
        let scoped = "\"Resource\":\"arn:aws:ecr:us-east-1:111122223333:repository/a\"";
        for (action, expected) in [
            ("ecr:PutImage", None),
            ("ecr:*", None),
            ("s3:Whatever", None),
            ("ecr:PutImages", Some("ECR has no action ecr:PutImages")),
            (
                "ecr:GetAuthorizationToken",
                Some(
                    "ecr:GetAuthorizationToken takes no resource: only a statement with Resource \"*\" allows it",
                ),
            ),
            (
                "ecr:GetAuth*",
                Some("ecr:GetAuth* takes no resource: only a statement with Resource \"*\" allows it"),
            ),
        ] {
            let statement = format!("\"Effect\":\"Allow\",\"Action\":\"{action}\",{scoped}");
            assert_eq!(found(Layer::Identity, &statement), Vec::from_iter(expected), "{action}");
        }
        let variable = "\"Effect\":\"Allow\",\"Action\":\"ecr:PutImage\",\"Resource\":\"arn:aws:ecr:*:*:repository/${aws:username}\"";
        assert_eq!(
            found(Layer::Identity, variable),
            ["variables are taken literally without \"Version\": \"2012-10-17\""]
        );
    }

    #[test]
    fn not_principal_is_never_harmless() {
        let statement = |effect: &str| {
            format!(
                "\"Effect\":\"{effect}\",\"Action\":\"ecr:*\",\"NotPrincipal\":{{\"AWS\":\"111122223333\"}}"
            )
        };
        assert_eq!(found(Layer::Repository, &statement("Allow")), ["NotPrincipal is only allowed in a Deny"]);
        assert_eq!(found(Layer::Repository, &statement("Deny")).len(), 1);
    }
}
