//! A policy allows every action of ECR on every repository.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;
use ecrpass_iam::document::model::Statement;
use ecrpass_iam::layer::Layer;

use crate::commands::scripts;
use crate::hit::{Hit, Spot};
use crate::infrastructure::intrinsics::datum;
use crate::infrastructure::policies::FoundPolicy;
use crate::infrastructure::statements::allows;
use crate::kind::FileKind;
use crate::rule::{Examined, Rule};

/// `iam-ecr-too-wide`
pub static RULE: Rule = Rule { id: DiagnosisId::IamEcrTooWide, look };

/// AWS's policy that allows the same.
const FULL_ACCESS: &str = "AmazonEC2ContainerRegistryFullAccess";

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let path = &examined.file.path;
    let mut hits = Vec::new();
    for policy in examined.models.policies() {
        let statements = policy.document.statements.iter();
        // Several statements of one policy are one cause.
        hits.extend(statements.filter_map(|statement| too_wide(path, policy, statement)).reduce(
            |mut first, other| {
                first.spots.extend(other.spots);
                first
            },
        ));
    }
    let attached = examined.models.stack().map(|stack| stack.attached).unwrap_or_default();
    for one in attached.iter().filter(|one| one.name == FULL_ACCESS && &one.path == path) {
        hits.push(attached_hit(path, one.bytes.clone()));
    }
    if examined.file.text.contains(FULL_ACCESS) {
        hits.extend(by_commands(examined));
        hits.extend(by_manifests(examined));
    }
    hits
}

/// `aws iam attach-role-policy` and its like.
fn by_commands(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for scripted in scripts(examined).iter().filter(|scripted| !scripted.is_typed()) {
        for (_, command) in scripted.commands() {
            let attaches = command
                .words
                .iter()
                .any(|word| word.raw.starts_with("attach-") && word.raw.ends_with("-policy"));
            let named =
                command.words.iter().find(|word| word.shown().ends_with(FULL_ACCESS)).filter(|_| attaches);
            hits.extend(named.map(|word| attached_hit(&examined.file.path, word.bytes.clone())));
        }
    }
    hits
}

/// Clusters and controllers that are described as Kubernetes resources: `attachPolicyARNs` of eksctl, `policyArn`.
fn by_manifests(examined: &Examined<'_>) -> Vec<Hit> {
    if examined.file.kind != FileKind::Kubernetes {
        return Vec::new();
    }
    let mut hits = Vec::new();
    for document in examined.models.yaml().unwrap_or_default() {
        datum(document).walk("", &mut |key, datum| {
            let is_meant = key.to_ascii_lowercase().contains("policyarn");
            if is_meant && datum.text().is_some_and(|text| text.ends_with(FULL_ACCESS)) {
                hits.push(attached_hit(&examined.file.path, datum.bytes.clone()));
            }
        });
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
    if !is_meant || !allows(statement) || statement.conditions.iter().any(|condition| narrows(&condition.key))
    {
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
