//! A repository's policy lets everybody in.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;
use ecrpass_iam::document::Effect;
use ecrpass_iam::document::model::Statement;
use ecrpass_iam::layer::Layer;

use crate::hit::{Hit, Spot};
use crate::infrastructure::places::principal_lines;
use crate::infrastructure::policies::FoundPolicy;
use crate::rule::{Examined, Rule};

/// `repository-policy-public`
pub static RULE: Rule = Rule { id: DiagnosisId::RepositoryPolicyPublic, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let path = &examined.file.path;
    let policies = examined.models.policies();
    let statements =
        policies.flat_map(|policy| policy.document.statements.iter().map(move |one| (policy, one)));
    statements.filter_map(|(policy, statement)| public(path, policy, statement)).collect()
}

fn public(path: &str, policy: &FoundPolicy, statement: &Statement) -> Option<Hit> {
    if statement.effect != Effect::Allow || !is_repositorys(policy, statement) {
        return None;
    }
    let principals = statement.principals.as_ref().filter(|principals| !principals.negated)?;
    let everyone = principals.items.iter().find(|item| item.value.is_everyone())?;
    if statement.conditions.iter().any(|condition| restricts(&condition.key)) {
        return None;
    }
    let writes = statement.actions.items.iter().any(|item| item.value.matches("ecr:putimage"));
    let title = if writes {
        "every AWS account may pull from this repository and push to it"
    } else {
        "every AWS account may pull from this repository"
    };
    let mut spots = vec![Spot::new(path, policy.range(&everyone.span), "everybody")];
    spots.extend(
        principal_lines(policy, statement).into_iter().map(|bytes| Spot::new(path, bytes, "who may")),
    );
    Some(Hit::new(Severity::Error, title, spots))
}

/// Whether a statement is of a repository's or a registry's policy: the file says so, or what is written there fits
/// nothing else.
fn is_repositorys(policy: &FoundPolicy, statement: &Statement) -> bool {
    match policy.layer {
        Some(Layer::Repository | Layer::Registry) => true,
        None => {
            let actions = &statement.actions.items;
            let is_ecr = !actions.is_empty()
                && actions.iter().all(|item| item.value.text.to_ascii_lowercase().starts_with("ecr:"));
            let is_of_it = statement.resources.as_ref().is_none_or(|resources| {
                resources.items.iter().all(|item| item.value.text().contains(":repository/"))
            });
            is_ecr && is_of_it
        }
        Some(_) => false,
    }
}

/// Whether a condition says who: by what nobody can choose freely.
fn restricts(key: &str) -> bool {
    let free = [
        "aws:securetransport",
        "aws:requestedregion",
        "aws:currenttime",
        "aws:useragent",
        "aws:viaawsservice",
    ];
    let key = key.to_ascii_lowercase();
    !free.contains(&key.as_str()) && !key.starts_with("ecr:")
}
