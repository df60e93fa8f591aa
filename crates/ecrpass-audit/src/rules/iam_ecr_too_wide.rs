//! A policy allows every action of ECR on every repository.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;
use ecrpass_iam::document::model::Statement;
use ecrpass_iam::layer::Layer;

use crate::hit::{Hit, Spot};
use crate::infrastructure::policies::FoundPolicy;
use crate::infrastructure::statements::allows;
use crate::rule::{Examined, Rule};

/// `iam-ecr-too-wide`
pub static RULE: Rule = Rule { id: DiagnosisId::IamEcrTooWide, look };

/// AWS's policy that allows the same.
const FULL_ACCESS: &str = "AmazonEC2ContainerRegistryFullAccess";

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let path = &examined.file.path;
    let infrastructure = examined.models.infrastructure();
    let mut hits = Vec::new();
    for policy in infrastructure.policies(path) {
        let statements = policy.document.statements.iter();
        hits.extend(statements.filter_map(|statement| too_wide(path, policy, statement)));
    }
    let attached = examined.models.stack().map(|stack| stack.attached).unwrap_or_default();
    for one in attached.iter().filter(|one| one.name == FULL_ACCESS && &one.path == path) {
        hits.push(attached_hit(path, one.bytes.clone()));
    }
    hits
}

/// The hit of AWS's policy where it is attached.
pub(crate) fn attached_hit(path: &str, bytes: std::ops::Range<usize>) -> Hit {
    let title = format!("{FULL_ACCESS} allows to delete and overwrite every repository of the account");
    Hit::new(Severity::Warning, title, vec![Spot::new(path, bytes, "all of ECR, on every repository")])
}

fn too_wide(path: &str, policy: &FoundPolicy, statement: &Statement) -> Option<Hit> {
    let is_meant = matches!(policy.layer, None | Some(Layer::Identity)) && statement.principals.is_none();
    if !is_meant || !allows(statement) || statement.conditions.iter().any(|condition| narrows(&condition.key)) {
        return None;
    }
    let items = statement.actions.items.iter();
    // `*` is an administrator's: that is no matter of ECR.
    let action = items.clone().find(|item| item.value.text.eq_ignore_ascii_case("ecr:*"))?;
    let resources = statement.resources.as_ref().filter(|resources| !resources.negated)?;
    let everything = resources.items.iter().find(|item| is_every_repository(item.value.text()))?;
    let title = "every action of ECR is allowed on every repository of the account";
    let spots = vec![
        Spot::new(path, policy.range(&action.span), "also deletes and overwrites"),
        Spot::new(path, policy.range(&everything.span), "every repository"),
    ];
    Some(Hit::new(Severity::Warning, title, spots))
}

/// Whether a condition says which repositories, or for whom.
fn narrows(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.contains("tag") || key.contains("repository") || key.contains("${")
}

/// `*`, and ARNs that match the repositories of every account and region.
fn is_every_repository(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        ["*"] => true,
        ["arn", _, "ecr", "*"] | ["arn", _, "ecr", "*", "*"] => true,
        ["arn", _, "ecr", "*", "*", resource] => matches!(*resource, "*" | "repository/*" | "repository*"),
        _ => false,
    }
}
