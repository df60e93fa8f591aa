//! What rules ask of the statements of IAM documents: what they allow, on what, and whether that is known.

use ecrpass_iam::document::model::{Effect, Statement};
use ecrpass_iam::layer::Layer;

use super::policies::FoundPolicy;

/// Whether a text has something in it that is not known: a hole, or a variable of a shell.
pub fn is_open(text: &str) -> bool {
    text.contains('$')
}

/// Whether a statement allows something to whoever the policy hangs on.
pub fn allows(statement: &Statement) -> bool {
    statement.effect == Effect::Allow && !statement.actions.negated
}

/// Whether a policy is an identity's, as far as its file says.
pub fn is_identity(policy: &FoundPolicy, statement: &Statement) -> bool {
    matches!(policy.layer, None | Some(Layer::Identity)) && statement.principals.is_none()
}

/// Whether an action may be one of a statement's: it matches, or something in the list is not known.
pub fn may_allow(statement: &Statement, action: &str) -> bool {
    let lower = action.to_ascii_lowercase();
    let items = &statement.actions.items;
    items.iter().any(|item| item.value.matches(&lower) || is_open(&item.value.text))
}

/// Whether a statement surely allows an action by its name or a pattern.
pub fn lists(statement: &Statement, action: &str) -> bool {
    let lower = action.to_ascii_lowercase();
    statement.actions.items.iter().any(|item| item.value.matches(&lower))
}

/// Whether a statement is about every resource, or may be.
pub fn may_be_everything(statement: &Statement) -> bool {
    match &statement.resources {
        None => true,
        Some(resources) if resources.negated => true,
        Some(resources) => {
            resources.items.is_empty()
                || resources.items.iter().any(|item| {
                    item.value.is_everything()
                        || is_open(item.value.text()) && !is_repository(item.value.text())
                })
        }
    }
}

/// Whether a resource that is named by a reference can only be a repository: `${aws_ecr_repository.app.arn}`.
pub fn is_repository(text: &str) -> bool {
    let names = ["${aws_ecr_repository.", "${module.ecr", "repository_arn", "${data.aws_ecr_repository."];
    text.starts_with("arn:") || names.iter().any(|name| text.contains(name))
}

/// The policies that may hang on the same role as one of them, itself included.
pub fn with_same_owner<'a>(
    policy: &'a FoundPolicy,
    all: impl Iterator<Item = &'a FoundPolicy>,
) -> impl Iterator<Item = &'a FoundPolicy> {
    let others = all.filter(move |other| !std::ptr::eq(*other, policy) && other.shares_owner(policy));
    std::iter::once(policy).chain(others)
}
