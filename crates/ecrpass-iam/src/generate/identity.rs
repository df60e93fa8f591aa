//! Documents of whoever does something: a role's, a user's, a boundary, a session's.

use ecrpass_core::{Arn, CallerIdentity, CallerKind};

use super::access::{Access, is_of};
use super::draft::{Draft, Kind, NewCondition, NewStatement};
use super::refusal::Refusal;
use super::wanted::Wanted;
use crate::actions::{self, Scope};
use crate::task::{self, Side, Task};

/// The documents of that kind, one for each account.
///
/// # Errors
/// [`Refusal`] when no policy of the caller's allows it.
pub fn drafts(access: &Access, wanted: &Wanted, kind: Kind) -> Result<Vec<Draft>, Refusal> {
    let statements = statements(access, wanted)?;
    if statements.is_empty() {
        return Err(not_the_callers(access));
    }
    let named = |account: &str| -> Vec<&CallerIdentity> {
        access.principals.iter().filter(|principal| principal.account == account).collect()
    };
    let draft = |account: Option<&String>| {
        let holder = match account.map(|account| named(account)).as_deref() {
            Some([CallerIdentity { kind: CallerKind::Role, name, .. }]) if kind == Kind::Role => {
                Some(name.clone())
            }
            Some([CallerIdentity { kind: CallerKind::User, name, .. }]) if kind == Kind::User => {
                Some(name.clone())
            }
            _ => None,
        };
        Draft {
            kind,
            account: account.cloned(),
            partition: access.partition,
            region: None,
            name: access.name(),
            holder,
            statements: statements.clone(),
            notes: notes(access, kind),
        }
    };
    let all: Vec<Draft> = access.accounts.iter().map(|account| draft(Some(account))).collect();
    Ok(if all.is_empty() { vec![draft(None)] } else { all })
}

/// The statements, in their order: logins, what cannot be scoped, repositories.
fn statements(access: &Access, wanted: &Wanted) -> Result<Vec<NewStatement>, Refusal> {
    let all = access.actions_on(Side::Caller);
    let of = |wanted: &dyn Fn(&str) -> bool| -> Vec<String> {
        all.iter().filter(|action| wanted(action)).cloned().collect()
    };
    let is_login = |action: &str| action == actions::LOGIN;
    let is_public_login = |action: &str| actions::PUBLIC_LOGIN.contains(&action);
    let is_setting = |action: &str| {
        task::scope(action) == Some(Scope::Everything) && !is_login(action) && !is_public_login(action)
    };
    let everything = || vec!["*".to_owned()];
    let arns = |is_public: bool| access.targets_of(is_public).map(super::target::Target::arn).collect();
    let mut statements = Vec::new();
    let mut push = |sid: &str, comment: &str, actions: Vec<String>, resources: Vec<String>| {
        if !actions.is_empty() {
            statements.push(NewStatement {
                sid: sid.to_owned(),
                comment: comment.to_owned(),
                principal: None,
                actions,
                resources,
                conditions: Vec::new(),
            });
        }
    };
    push(
        "EcrLogin",
        "A login is not for one repository: AWS accepts only * as its resource, and denies it for any other.",
        of(&is_login),
        everything(),
    );
    push(
        "EcrPublicLogin",
        "A login to ECR Public takes both actions, and no resource but *.",
        of(&is_public_login),
        everything(),
    );
    push(
        "EcrRegistrySettings",
        "Settings of the whole registry: AWS accepts only * as the resource for these.",
        of(&is_setting),
        everything(),
    );
    push(
        &access.sid(false),
        "What is done to these repositories, and to no others.",
        access.repository_actions(false),
        arns(false),
    );
    let public_sid = match access.sid(true) {
        sid if sid == access.sid(false) => format!("{sid}Public"),
        sid => sid,
    };
    push(
        &public_sid,
        "What is done to these repositories of ECR Public, and to no others.",
        access.repository_actions(true),
        arns(true),
    );
    if let Some(key) = key(wanted)? {
        push(
            "EcrRepositoryKey",
            "Repositories that are created are encrypted with this key.",
            ["kms:CreateGrant", "kms:RetireGrant", "kms:DescribeKey"].map(str::to_owned).into(),
            vec![key],
        );
    }
    if let Some(role) = passed_role(wanted)? {
        statements.push(NewStatement {
            sid: "EcrTemplateRole".to_owned(),
            comment: "Templates may name this role, and ECR alone uses it.".to_owned(),
            principal: None,
            actions: vec!["iam:PassRole".to_owned()],
            resources: vec![role],
            conditions: vec![NewCondition::new(
                "StringEquals",
                "iam:PassedToService",
                vec!["ecr.amazonaws.com".to_owned()],
            )],
        });
    }
    Ok(statements)
}

fn key(wanted: &Wanted) -> Result<Option<String>, Refusal> {
    let Some(key) = &wanted.key else { return Ok(None) };
    let is_key = Arn::parse(key).is_some_and(|arn| {
        arn.service == "kms"
            && arn.account().is_some()
            && arn.resource_of_kind("key").is_some_and(|id| !id.contains('*'))
    });
    if !is_key {
        return Err(Refusal::new(
            format!("`{key}` is not a key's ARN."),
            "give one like arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab; IAM knows no aliases here",
        ));
    }
    Ok(Some(key.clone()))
}

fn passed_role(wanted: &Wanted) -> Result<Option<String>, Refusal> {
    let Some(role) = &wanted.passed_role else { return Ok(None) };
    let is_role = Arn::parse(role).is_some_and(|arn| {
        arn.service == "iam" && arn.resource_of_kind("role").is_some_and(|name| !name.contains('*'))
    });
    if !is_role {
        return Err(Refusal::new(
            format!("`{role}` is not a role's ARN."),
            "give one like arn:aws:iam::123456789012:role/ecr-template",
        ));
    }
    Ok(Some(role.clone()))
}

fn not_the_callers(access: &Access) -> Refusal {
    match access.tasks.first() {
        Some(Task::LambdaPull) => Refusal::new(
            "Lambda pulls in its own name: no policy of a role or user lets it.",
            "choose --for repository",
        ),
        Some(Task::Replicate) => {
            Refusal::new("Replication is let in by the registry's policy alone.", "choose --for registry")
        }
        _ => Refusal::new("Nothing is to be allowed.", "name a task, such as pull or push"),
    }
}

fn notes(access: &Access, kind: Kind) -> Vec<String> {
    let mut notes = Vec::new();
    if kind == Kind::Boundary {
        notes.push(
            "A boundary limits everything the role does: what it does beside ECR has to be in it as well."
                .to_owned(),
        );
    }
    if kind == Kind::Session {
        notes.push(
            "A session policy grants nothing: the role's own policies have to allow the same.".to_owned(),
        );
    }
    let reserved = access.principals.iter().find(|principal| principal.kind == CallerKind::ReservedSsoRole);
    if let Some(set) = reserved.filter(|_| kind == Kind::Role) {
        notes.push(format!(
            "Only IAM Identity Center changes that role: make this the inline policy of the permission set {}.",
            set.name
        ));
    }
    if access.tasks.contains(&Task::PullThrough) {
        notes.push(
            "The first pull of an image creates the repository, and also needs a route to the internet."
                .to_owned(),
        );
    }
    if access.tasks.contains(&Task::PushCreate) {
        notes.push(
            "A push creates a repository only where a creation template is applied for CREATE_ON_PUSH."
                .to_owned(),
        );
    }
    let is_elsewhere = |action: &str| is_of(action, false) && task::scope(action) == Some(Scope::Everything);
    let settings =
        access.actions_on(Side::Caller).iter().any(|action| is_elsewhere(action) && action != actions::LOGIN);
    if settings && access.targets.iter().any(|target| access.is_cross_account(target)) {
        notes.push(
            "Settings of a registry are those of the caller's own account: another account's cannot be reached.".to_owned(),
        );
    }
    notes
}
