//! A policy allows `ecr:PutImage` and not what a push does before: it begins and is denied half-way.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;
use ecrpass_iam::document::model::Statement;
use ecrpass_iam::layer::Layer;
use ecrpass_iam::managed::ManagedPolicy;

use crate::hit::{Hit, Spot};
use crate::infrastructure::policies::{AttachedPolicy, FoundPolicy};
use crate::infrastructure::statement_edit::add_actions;
use crate::infrastructure::statements::{allows, is_identity, is_open, lists, may_allow, with_same_owner};
use crate::rule::{Examined, Rule};

/// `iam-missing-push-action`
pub static RULE: Rule = Rule { id: DiagnosisId::IamMissingPushAction, look };

/// What ends a push.
const PUT_IMAGE: &str = "ecr:PutImage";

/// What a push does before.
const BEFORE: [&str; 4] = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload",
];

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let path = &examined.file.path;
    let infrastructure = examined.models.infrastructure();
    let attached = examined.models.stack().map(|stack| stack.attached).unwrap_or_default();
    let mut hits = Vec::new();
    for policy in examined.models.policies().filter(|policy| !policy.is_partial) {
        // Beside an identity's policy a repository's need not say all of it.
        let is_meant = matches!(policy.layer, None | Some(Layer::Identity));
        let Some(statement) =
            policy.document.statements.iter().find(|statement| is_meant && puts(policy, statement))
        else {
            continue;
        };
        let same: Vec<&FoundPolicy> = with_same_owner(policy, infrastructure.policies_around(path)).collect();
        let is_supplied = |action: &str| {
            same.iter().any(|policy| supplies(policy, action))
                || attached.iter().any(|one| attaches(one, policy, action))
        };
        let missing: Vec<&str> = BEFORE.into_iter().filter(|action| !is_supplied(action)).collect();
        if !missing.is_empty() {
            hits.push(hit(examined, policy, statement, &missing));
        }
    }
    hits
}

/// Whether a statement allows the last step by its name, and is not about copies between registries.
fn puts(policy: &FoundPolicy, statement: &Statement) -> bool {
    allows(statement)
        && is_identity(policy, statement)
        && statement.actions.items.iter().any(|item| item.value.text.eq_ignore_ascii_case(PUT_IMAGE))
        && !lists(statement, "ecr:ReplicateImage")
        && !statement.actions.items.iter().any(|item| is_open(&item.value.text))
}

fn supplies(policy: &FoundPolicy, action: &str) -> bool {
    policy.is_partial
        || policy.document.statements.iter().any(|statement| {
            statement.effect == ecrpass_iam::document::Effect::Allow
                && (statement.actions.negated || may_allow(statement, action))
        })
}

fn attaches(attached: &AttachedPolicy, policy: &FoundPolicy, action: &str) -> bool {
    let is_same = attached.owners.is_empty() || policy.owners.is_empty() || policy.is_of(&attached.owners);
    let document = ManagedPolicy::named(&attached.name).and_then(|policy| policy.read().document);
    is_same
        && document
            .is_some_and(|document| document.statements.iter().any(|statement| lists(statement, action)))
}

fn hit(examined: &Examined<'_>, policy: &FoundPolicy, statement: &Statement, missing: &[&str]) -> Hit {
    let path = &examined.file.path;
    let title =
        format!("a push is allowed to end and not to go on before: {} is missing", missing.join(", "));
    let list = policy.range(&statement.actions.span);
    // The first line of the list, and the action that speaks of a push.
    let first = list.start..list.start + key_length(&examined.file.text, list.start);
    let mut spots = vec![Spot::new(path, first, "not all that a push takes")];
    let put = statement.actions.items.iter().find(|item| item.value.text.eq_ignore_ascii_case(PUT_IMAGE));
    spots.extend(put.map(|item| Spot::new(path, policy.range(&item.span), "the last step of a push")));
    let summary = format!("Allow {} as well", missing.join(", "));
    let edit = add_actions(&examined.file.text, policy, statement, missing, &summary);
    Hit::new(Severity::Warning, title, spots).with_edit(edit)
}

/// The length of the line from there on, without what goes on in the next.
fn key_length(text: &str, start: usize) -> usize {
    text.get(start..).map_or(0, |rest| rest.lines().next().unwrap_or_default().trim_end().len())
}
