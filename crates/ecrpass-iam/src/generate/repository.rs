//! Policies of repositories: who of another account, or which service, may use one.
//!
//! They have no Resource: ECR answers "Invalid repository policy provided" to one. Source: ECR User Guide, "Private
//! repository policy examples"; Lambda Developer Guide, "Amazon ECR permissions".

use ecrpass_core::Arn;

use super::access::Access;
use super::draft::{Draft, Kind, NewCondition, NewPrincipal, NewStatement, camel_case};
use super::refusal::Refusal;
use super::target::Target;
use super::wanted::Wanted;
use crate::actions;
use crate::task::{Side, Task};

/// The documents, one for each repository.
///
/// # Errors
/// [`Refusal`] when a repository's policy allows none of it, or the repositories are not named one by one.
pub fn drafts(access: &Access, wanted: &Wanted) -> Result<Vec<Draft>, Refusal> {
    if access.targets.is_empty() {
        return Err(Refusal::new(
            "A repository's policy is for one repository, and none is named.",
            "add --repository IMAGE",
        ));
    }
    access.targets.iter().map(|target| draft(access, wanted, target)).collect()
}

fn draft(access: &Access, wanted: &Wanted, target: &Target) -> Result<Draft, Refusal> {
    if target.is_pattern() {
        return Err(Refusal::new(
            format!("A repository's policy is for one repository, and {} is many.", target.name),
            "choose --for registry, or name each repository",
        ));
    }
    let mut statements = Vec::new();
    let mut actions = shared_actions(access, target);
    actions.retain(|action| *action != actions::CREATE_REPOSITORY);
    if !actions.is_empty() {
        for grantee in access.grantees() {
            statements.push(NewStatement {
                sid: format!("{}{}", access.sid(target.is_public), grantee.suffix),
                comment: "What they do with this repository; to log in is their own policy's to allow."
                    .to_owned(),
                principal: Some(grantee.principal),
                actions: actions.clone(),
                resources: Vec::new(),
                conditions: grantee.conditions,
            });
        }
    }
    if access.tasks.contains(&Task::LambdaPull) {
        statements.extend(for_lambda(access, wanted, target)?);
    }
    if statements.is_empty() {
        return Err(nothing(access, target));
    }
    let mut notes = vec![
        "This takes the place of the repository's whole policy: keep the statements it has now, if it has any.".to_owned(),
    ];
    if !access.principals.is_empty() && access.organization.is_none() {
        notes.push(
            "AWS refuses a principal that does not exist yet (\"Principal not found\"): create it first."
                .to_owned(),
        );
    }
    if access.repository_actions(target.is_public).iter().any(|action| action == actions::CREATE_REPOSITORY) {
        notes
            .push("To create a repository is for the registry's policy to allow: --for registry.".to_owned());
    }
    Ok(Draft {
        kind: Kind::Repository,
        account: Some(target.account.clone()),
        partition: target.partition,
        region: Some(target.region.clone()).filter(|region| !region.is_empty()),
        name: match access.targets.len() {
            1 => access.name(),
            _ => format!("{}-{}", access.name(), target.name.replace(['/', '.', '_'], "-")),
        },
        holder: Some(target.name.clone()),
        statements,
        notes,
    })
}

/// What the owner of a repository has to allow of the caller's actions.
///
/// A role that fills a cache from another registry only reads there: it writes into its own.
pub fn shared_actions(access: &Access, target: &Target) -> Vec<String> {
    let mut actions = access.repository_actions(target.is_public);
    if access.tasks == [Task::PullThroughRole] && access.is_cross_account(target) {
        actions.retain(|action| !actions::is_write(action));
    }
    actions
}

/// Lambda's own statements: for functions of the repository's account the service alone, for those of another account
/// that account too.
fn for_lambda(access: &Access, wanted: &Wanted, target: &Target) -> Result<Vec<NewStatement>, Refusal> {
    let partition = target.partition.id();
    let function = wanted.function.as_deref().unwrap_or("*");
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if function != "*" && (function.is_empty() || !function.chars().all(is_name)) {
        return Err(Refusal::new(
            format!("`{function}` is not a function's name."),
            "give the name alone, without ARN, version or alias",
        ));
    }
    let actions = || actions::PULL.map(str::to_owned).to_vec();
    let sid = camel_case("ecr-lambda-pull");
    let others: Vec<&String> = access.accounts.iter().filter(|account| **account != target.account).collect();
    let mut statements = Vec::new();
    if !others.is_empty() {
        let roots = others.iter().map(|account| Arn::iam(partition, account, "root").to_string()).collect();
        statements.push(NewStatement {
            sid: format!("{sid}Account"),
            comment: "Whoever creates the function in that account needs the image, too.".to_owned(),
            principal: Some(NewPrincipal::Aws(roots)),
            actions: actions(),
            resources: Vec::new(),
            conditions: Vec::new(),
        });
    }
    let functions = access
        .accounts
        .iter()
        .map(|account| {
            let resource = format!("function:{function}");
            let region = target.region.as_str();
            Arn { partition, service: "lambda", region, account, resource: &resource }.to_string()
        })
        .collect();
    statements.push(NewStatement {
        sid,
        comment: "Lambda pulls in its own name, for these functions; they are in the repository's region."
            .to_owned(),
        principal: Some(NewPrincipal::Service(vec!["lambda.amazonaws.com".to_owned()])),
        actions: actions(),
        resources: Vec::new(),
        conditions: vec![NewCondition::new("ArnLike", "aws:SourceArn", functions)],
    });
    Ok(statements)
}

fn nothing(access: &Access, target: &Target) -> Refusal {
    if access.tasks.contains(&Task::Replicate) {
        return Refusal::new(
            "Replication is let in by the registry's policy, not by a repository's.",
            "choose --for registry",
        );
    }
    let what = if access.actions_on(Side::Caller).iter().any(|action| action == actions::CREATE_REPOSITORY) {
        "A repository that does not exist yet has no policy"
    } else {
        "No repository's policy can allow that: it is not about a repository"
    };
    let next = if target.is_public { "choose --for role" } else { "choose --for role, or --for registry" };
    Refusal::new(format!("{what}."), next)
}
