//! Trust policies: who may use a role that reaches ECR.

pub mod claims;
mod federated;
mod github;
pub mod place;
mod service;

use ecrpass_core::{Arn, CallerKind, Partition};

use self::claims::Claims;
use self::federated::Federation;
use self::place::{Place, Trusted};
use super::access::Access;
use super::draft::{Draft, Kind, NewCondition, NewPrincipal, NewStatement, camel_case};
use super::refusal::Refusal;
use super::wanted::Wanted;
use crate::task::Task;

/// The claims that a place knows, those it cannot do without first.
pub fn claims_of(place: Place) -> &'static [&'static str] {
    match place {
        Place::Github => github::CLAIMS,
        Place::EcsTasks => service::ECS_CLAIMS,
        Place::CodeBuild => service::CODEBUILD_CLAIMS,
        Place::PodIdentity => service::POD_CLAIMS,
        Place::RolesAnywhere => service::ANYWHERE_CLAIMS,
        Place::PullThroughCache
        | Place::CreationTemplate
        | Place::Lambda
        | Place::Ec2
        | Place::AppRunner
        | Place::Principals => &[],
        _ => federated::claims(place),
    }
}

/// The service that uses the role a task is for.
pub fn of_task(task: Task) -> Option<Place> {
    match task {
        Task::PullThroughRole => Some(Place::PullThroughCache),
        Task::TemplateRole => Some(Place::CreationTemplate),
        _ => None,
    }
}

/// The trust policy.
///
/// # Errors
/// [`Refusal`] when it is not said who may use the role, or too little to say so safely.
pub fn draft(access: &Access, wanted: &Wanted) -> Result<Draft, Refusal> {
    let own = access.tasks.iter().find_map(|task| of_task(*task));
    let by_principals = (!access.principals.is_empty()).then_some(Place::Principals);
    let trusted = match (&wanted.trust, own.or(by_principals)) {
        (Some(trusted), _) => trusted.clone(),
        (None, Some(place)) => Trusted { place, claims: Vec::new() },
        (None, None) => {
            return Err(Refusal::new(
                "It is not said who may use the role.",
                format!("add --trust with one of {}", Place::ALL.map(Place::id).join(", ")),
            ));
        }
    };
    let place = trusted.place;
    let claims = Claims::new(place.id(), &trusted.claims, claims_of(place))?;
    let account = access.accounts.first().map(String::as_str);
    let partition = access.partition;
    let (statement, notes) = match place {
        Place::Principals => by_named(access)?,
        Place::EcsTasks
        | Place::Lambda
        | Place::Ec2
        | Place::AppRunner
        | Place::CodeBuild
        | Place::PodIdentity
        | Place::RolesAnywhere
        | Place::PullThroughCache
        | Place::CreationTemplate => {
            let region = access.targets_of(false).next().map(|target| target.region.as_str());
            (service::statement(place, &claims, partition, account, region)?, Vec::new())
        }
        Place::Github => by_token(place, github::federation(&claims)?, partition, account)?,
        _ => by_token(place, federated::federation(place, &claims)?, partition, account)?,
    };
    // A role that is named by somebody who may use it is not the role itself.
    let holder = match (place, access.principals.as_slice()) {
        (Place::Principals, _) => None,
        (_, [principal]) if principal.kind == CallerKind::Role => Some(principal.name.clone()),
        _ => None,
    };
    Ok(Draft {
        kind: Kind::Trust,
        account: account.map(str::to_owned),
        partition,
        region: None,
        name: access.name(),
        holder,
        statements: vec![statement],
        notes,
    })
}

/// The statement for whoever has a token of an identity provider.
fn by_token(
    place: Place,
    federation: Federation,
    partition: Partition,
    account: Option<&str>,
) -> Result<(NewStatement, Vec<String>), Refusal> {
    let account = account.ok_or_else(|| {
        Refusal::new(
            "It is not said in which account the role is, and the identity provider's ARN names it.",
            "add --account with its twelve digits",
        )
    })?;
    let Federation { issuer, audiences, subject_operator, subjects, others, mut notes } = federation;
    let provider = Arn::iam(partition.id(), account, &format!("oidc-provider/{issuer}")).to_string();
    let key = |claim: &str| format!("{issuer}:{claim}");
    let mut conditions = vec![
        NewCondition::new("StringEquals", key("aud"), audiences.clone()),
        NewCondition::new(subject_operator, key("sub"), subjects),
    ];
    conditions.extend(
        others.into_iter().map(|(operator, claim, values)| NewCondition::new(operator, key(&claim), values)),
    );
    notes.push(format!(
        "The account needs this identity provider: aws iam create-open-id-connect-provider --url https://{issuer} --client-id-list {}",
        audiences.join(" ")
    ));
    let statement = NewStatement {
        sid: camel_case(place.id()),
        comment:
            "Only tokens for this audience and this subject: without the subject, anybody's of that provider."
                .to_owned(),
        principal: Some(NewPrincipal::Federated(vec![provider])),
        actions: vec!["sts:AssumeRoleWithWebIdentity".to_owned()],
        resources: Vec::new(),
        conditions,
    };
    Ok((statement, notes))
}

/// The statement for principals by name.
fn by_named(access: &Access) -> Result<(NewStatement, Vec<String>), Refusal> {
    if access.principals.is_empty() {
        return Err(Refusal::new("It is not said who may use the role.", "add --principal with an ARN"));
    }
    let mut grantees = access.grantees();
    if grantees.len() != 1 || access.principals.iter().any(|who| who.kind == CallerKind::Service) {
        return Err(Refusal::new(
            "A trust policy for these would need several statements.",
            "name principals of one kind, or a place: --trust ec2 and its like",
        ));
    }
    let grantee = grantees.remove(0);
    let statement = NewStatement {
        sid: "Principals".to_owned(),
        comment: "Their own policies have to allow sts:AssumeRole on this role, too, unless they are of its account.".to_owned(),
        principal: Some(grantee.principal),
        actions: vec!["sts:AssumeRole".to_owned()],
        resources: Vec::new(),
        conditions: grantee.conditions,
    };
    Ok((statement, Vec::new()))
}
