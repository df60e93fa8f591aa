//! Policies of registries: what other accounts may do with repositories that have no policy of their own, are many, or do
//! not exist yet.
//!
//! They name a Resource: ECR answers "Invalid registry policy provided" without one. Source: ECR User Guide, "Private
//! registry permissions".

use ecrpass_core::Arn;

use super::access::Access;
use super::draft::{Draft, Kind, NewPrincipal, NewStatement, camel_case};
use super::refusal::Refusal;
use super::repository::shared_actions;
use super::target::Target;
use crate::actions;
use crate::task::{Side, Task};

/// The actions that registry policies of the first scope heed, too.
const FIRST_SCOPE: [&str; 3] = [actions::REPLICATE, actions::IMPORT_UPSTREAM, actions::CREATE_REPOSITORY];

/// The documents, one for each registry.
///
/// # Errors
/// [`Refusal`] when a registry's policy allows none of it.
pub fn drafts(access: &Access) -> Result<Vec<Draft>, Refusal> {
    let mut registries: Vec<Vec<&Target>> = Vec::new();
    for target in access.targets_of(false) {
        let same = |group: &&mut Vec<&Target>| {
            group
                .first()
                .is_some_and(|first| (&first.account, &first.region) == (&target.account, &target.region))
        };
        match registries.iter_mut().find(same) {
            Some(group) => group.push(target),
            None => registries.push(vec![target]),
        }
    }
    if registries.is_empty() {
        return Err(Refusal::new(
            "A registry's policy is about repositories, and none of a private registry is named.",
            "add --repository IMAGE, ARN or HOST/PREFIX/*",
        ));
    }
    registries.into_iter().map(|targets| draft(access, &targets)).collect()
}

fn draft(access: &Access, targets: &[&Target]) -> Result<Draft, Refusal> {
    let Some(first) = targets.first() else {
        return Err(Refusal::new("No repository is named.", "add --repository"));
    };
    let resources: Vec<String> = targets.iter().map(|target| target.arn()).collect();
    let mut statements = Vec::new();
    let actions = shared_actions(access, first);
    if !actions.is_empty() {
        for grantee in access.grantees() {
            statements.push(NewStatement {
                sid: format!("{}{}", access.sid(false), grantee.suffix),
                comment: "What they do with these repositories; to log in is their own policy's to allow."
                    .to_owned(),
                principal: Some(grantee.principal),
                actions: actions.clone(),
                resources: resources.clone(),
                conditions: grantee.conditions,
            });
        }
    }
    let mut notes = vec![
        "This takes the place of the registry's whole policy: keep the statements it has now, if it has any."
            .to_owned(),
    ];
    if access.tasks.contains(&Task::Replicate) {
        if access.accounts.iter().all(|account| *account == first.account) {
            notes.push(
                "Within one account, replication needs no policy: this is for a source account.".to_owned(),
            );
        }
        let roots =
            access.accounts.iter().map(|account| Arn::iam(first.partition.id(), account, "root").to_string());
        statements.push(NewStatement {
            sid: camel_case("ecr-replicate"),
            comment:
                "These registries replicate into this one, and create the repositories that are missing."
                    .to_owned(),
            principal: Some(NewPrincipal::Aws(roots.collect())),
            actions: access.actions_on(Side::Registry),
            resources,
            conditions: Vec::new(),
        });
    }
    if statements.is_empty() {
        let (what, next) = match access.tasks.contains(&Task::LambdaPull) {
            true => ("Lambda is let in by the repository's policy.", "choose --for repository"),
            false => {
                ("No registry's policy can allow that: it is not about repositories.", "choose --for role")
            }
        };
        return Err(Refusal::new(what, next));
    }
    if actions.iter().any(|action| !FIRST_SCOPE.contains(&action.as_str())) {
        notes.push(
            "Registries from before 2025 may heed only three actions here: aws ecr get-account-setting --name REGISTRY_POLICY_SCOPE has to say V2.".to_owned(),
        );
    }
    Ok(Draft {
        kind: Kind::Registry,
        account: Some(first.account.clone()),
        partition: first.partition,
        region: Some(first.region.clone()),
        name: access.name(),
        holder: None,
        statements,
        notes,
    })
}
