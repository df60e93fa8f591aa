//! Policies of the VPC endpoints that ECR is reached through.
//!
//! The API's and the registry's endpoint have a policy each; what a client asks the registry for is judged by the
//! registry's alone. Layers come from S3, by URLs that ECR has signed. Source: ECR User Guide, "Amazon ECR interface VPC
//! endpoints"; VPC User Guide, "Control access to VPC endpoints using endpoint policies".

use ecrpass_core::{CallerKind, Partition};

use super::access::{Access, is_of};
use super::draft::{Draft, Kind, NewCondition, NewPrincipal, NewStatement};
use super::refusal::Refusal;
use super::target::Target;
use crate::actions::{self, asked_at};
use crate::task::Side;

/// What reads a layer.
const READS_LAYERS: &str = "ecr:GetDownloadUrlForLayer";

/// The bucket in which ECR keeps the layers of a region.
pub fn layer_bucket(partition: Partition, region: &str) -> String {
    format!("arn:{}:s3:::prod-{region}-starport-layer-bucket", partition.id())
}

/// The documents for each region, as far as they are wanted: the API's, the registry's, and S3's where layers are read.
///
/// # Errors
/// [`Refusal`] when nothing of it goes through such an endpoint of the caller's.
pub fn drafts(access: &Access, kinds: &[Kind]) -> Result<Vec<Draft>, Refusal> {
    let mut regions: Vec<Vec<&Target>> = Vec::new();
    for target in access.targets_of(false) {
        match regions
            .iter_mut()
            .find(|group| group.first().is_some_and(|first| first.region == target.region))
        {
            Some(group) => group.push(target),
            None => regions.push(vec![target]),
        }
    }
    if regions.is_empty() {
        return Err(Refusal::new(
            "VPC endpoints belong to a region, and no private repository says which.",
            "add --repository IMAGE; ECR Public is not reached through them",
        ));
    }
    let actions: Vec<String> =
        access.actions_on(Side::Caller).into_iter().filter(|action| is_of(action, false)).collect();
    if actions.is_empty() {
        return Err(Refusal::new(
            "That is done by AWS itself, past your VPC endpoints.",
            "choose --for repository or --for registry",
        ));
    }
    let mut drafts: Vec<Draft> =
        regions.iter().flat_map(|targets| of_region(access, &actions, targets)).collect();
    drafts.retain(|draft| kinds.contains(&draft.kind));
    if drafts.is_empty() {
        return Err(Refusal::new(
            "Nothing of that goes through that endpoint.",
            "choose --for endpoint, for those that it does go through",
        ));
    }
    Ok(drafts)
}

fn of_region(access: &Access, actions: &[String], targets: &[&Target]) -> Vec<Draft> {
    let Some(first) = targets.first() else { return Vec::new() };
    let (partition, region) = (first.partition, first.region.as_str());
    let draft = |kind: Kind, end: &str, statements: Vec<NewStatement>, notes: Vec<String>| Draft {
        kind,
        account: access.accounts.first().cloned(),
        partition,
        region: Some(region.to_owned()),
        name: format!("{}-{end}", access.name()),
        holder: None,
        statements,
        notes,
    };
    let mut drafts = Vec::new();
    let kinds = [(Kind::ApiEndpoint, "api"), (Kind::RegistryEndpoint, "dkr")];
    for (kind, end) in kinds {
        let here: Vec<String> = actions
            .iter()
            .filter(|action| {
                let (at_registry, at_api) = asked_at(action);
                if kind == Kind::ApiEndpoint { at_api } else { at_registry }
            })
            .cloned()
            .collect();
        let statements = of_endpoint(access, &here, targets);
        if !statements.is_empty() {
            drafts.push(draft(
                kind,
                end,
                statements,
                vec![replaces(&format!("com.amazonaws.{region}.ecr.{end}"))],
            ));
        }
    }
    if actions.iter().any(|action| action == READS_LAYERS) {
        let layers = NewStatement {
            sid: "EcrLayers".to_owned(),
            comment:
                "ECR signs the URLs of layers in its own name: a condition on the caller would deny them."
                    .to_owned(),
            principal: Some(NewPrincipal::Everyone),
            actions: vec!["s3:GetObject".to_owned()],
            resources: vec![format!("{}/*", layer_bucket(partition, region))],
            conditions: Vec::new(),
        };
        let note = replaces(&format!("com.amazonaws.{region}.s3"));
        drafts.push(draft(Kind::LayerEndpoint, "s3", vec![layers], vec![note]));
    }
    drafts
}

fn replaces(service: &str) -> String {
    format!(
        "This takes the place of the whole policy of the endpoint for {service}: all else that goes through it has to be in it as well."
    )
}

/// The statements of one endpoint: what takes no resource, then what is about repositories.
fn of_endpoint(access: &Access, actions: &[String], targets: &[&Target]) -> Vec<NewStatement> {
    let is_scoped = |action: &&String| crate::task::scope(action) == Some(actions::Scope::Repository);
    let (scoped, unscoped): (Vec<&String>, Vec<&String>) = actions.iter().partition(is_scoped);
    let statement =
        |sid: String, comment: &str, actions: Vec<&String>, resources: Vec<String>| NewStatement {
            sid,
            comment: comment.to_owned(),
            principal: Some(NewPrincipal::Everyone),
            actions: actions.into_iter().cloned().collect(),
            resources,
            conditions: callers(access),
        };
    let mut statements = Vec::new();
    if !unscoped.is_empty() {
        let sid = if unscoped == [actions::LOGIN] { "EcrLogin" } else { "EcrRegistry" };
        let comment = "AWS accepts only * as the resource for these.";
        statements.push(statement(sid.to_owned(), comment, unscoped, vec!["*".to_owned()]));
    }
    if !scoped.is_empty() {
        let arns = targets.iter().map(|target| target.arn()).collect();
        let comment = "What is done to these repositories, and to no others.";
        statements.push(statement(access.sid(false), comment, scoped, arns));
    }
    statements
}

/// Who may use the endpoint: principals as conditions, since an account in a Principal is its root user alone here.
fn callers(access: &Access) -> Vec<NewCondition> {
    if let Some(organization) = &access.organization {
        return vec![NewCondition::new("StringEquals", "aws:PrincipalOrgID", vec![organization.clone()])];
    }
    let named: Option<Vec<String>> = access
        .principals
        .iter()
        .map(|principal| match principal.kind {
            CallerKind::Role | CallerKind::User => principal.in_policies.clone(),
            _ => None,
        })
        .collect();
    match named.filter(|named| !named.is_empty()) {
        Some(arns) => vec![NewCondition::new("ArnEquals", "aws:PrincipalArn", arns)],
        None if access.accounts.is_empty() => Vec::new(),
        None => vec![NewCondition::new("StringEquals", "aws:PrincipalAccount", access.accounts.clone())],
    }
}
