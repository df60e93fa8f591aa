//! `ecr:GetAuthorizationToken` is allowed on a repository: the action knows no resource, so nothing is allowed.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;
use ecrpass_iam::actions::LOGIN;
use ecrpass_iam::document::model::Statement;
use ecrpass_iam::managed::ManagedPolicy;

use crate::edit::FileEdit;
use crate::hit::{Hit, Spot};
use crate::infrastructure::policies::{AttachedPolicy, FoundPolicy};
use crate::infrastructure::statement_edit;
use crate::infrastructure::statements::{
    allows, is_identity, is_open, lists, may_allow, may_be_everything, with_same_owner,
};
use crate::rule::{Examined, Rule};

/// `iam-missing-get-authorization-token`
pub static RULE: Rule = Rule { id: DiagnosisId::IamMissingGetAuthorizationToken, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let path = &examined.file.path;
    let infrastructure = examined.models.infrastructure();
    let attached = examined.models.stack().map(|stack| stack.attached).unwrap_or_default();
    let mut hits = Vec::new();
    for policy in examined.models.policies() {
        let mut same = with_same_owner(policy, infrastructure.policies_around(path));
        let is_elsewhere = same.any(supplies) || attached.iter().any(|one| is_attached(one, policy));
        if policy.is_partial || is_elsewhere {
            continue;
        }
        let statements = policy.document.statements.iter();
        hits.extend(statements.filter_map(|statement| useless(examined, policy, statement)));
    }
    hits
}

/// Whether a policy allows the login, or may.
fn supplies(policy: &FoundPolicy) -> bool {
    let statements = policy.document.statements.iter().filter(|statement| is_identity(policy, statement));
    let statements = statements.filter(|statement| statement.effect == ecrpass_iam::document::Effect::Allow);
    let mut supplying =
        statements.filter(|statement| statement.actions.negated || may_allow(statement, LOGIN));
    supplying.any(may_be_everything) || policy.is_partial
}

/// Whether a policy of AWS's that allows the login may hang on the same role.
fn is_attached(attached: &AttachedPolicy, policy: &FoundPolicy) -> bool {
    let is_same = attached.owners.is_empty() || policy.owners.is_empty() || policy.is_of(&attached.owners);
    let document = ManagedPolicy::named(&attached.name).and_then(|policy| policy.read().document);
    is_same
        && document
            .is_some_and(|document| document.statements.iter().any(|statement| lists(statement, LOGIN)))
}

fn useless(examined: &Examined<'_>, policy: &FoundPolicy, statement: &Statement) -> Option<Hit> {
    if !allows(statement) || !is_identity(policy, statement) || may_be_everything(statement) {
        return None;
    }
    let resources = statement.resources.as_ref()?;
    let action = statement.actions.items.iter().find(|item| item.value.text.eq_ignore_ascii_case(LOGIN))?;
    // Another list decides what is in it.
    if statement.actions.items.iter().any(|item| is_open(&item.value.text)) {
        return None;
    }
    let path = &examined.file.path;
    let resource = resources.items.first()?;
    let title =
        "ecr:GetAuthorizationToken is allowed on a repository, where it allows nothing: the login is denied";
    let spots = vec![
        Spot::new(path, policy.range(&resource.span), "only * counts for it"),
        Spot::new(path, policy.range(&action.span), "knows no resource"),
    ];
    Some(Hit::new(Severity::Error, title, spots).with_edit(edit(examined, policy, statement)))
}

/// A statement of its own, in front of the useless one.
fn edit(examined: &Examined<'_>, policy: &FoundPolicy, statement: &Statement) -> Option<FileEdit> {
    let summary = "Allow ecr:GetAuthorizationToken on * in a statement of its own";
    statement_edit::insert_before(&examined.file.text, policy, statement, LOGIN, summary)
}
