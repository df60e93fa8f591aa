//! Roles that AWS services use for whatever runs in them.
//!
//! Sources: ECS Developer Guide, "Amazon ECS task execution IAM role"; EKS User Guide, "Create IAM role with trust policy
//! required by EKS Pod Identity"; App Runner Developer Guide, "How App Runner works with IAM"; IAM Roles Anywhere User
//! Guide, "Trust policy"; ECR User Guide, "IAM permissions required for cross-account ECR to ECR pull through cache" and
//! "Creating an IAM role for repository creation templates"; aws-cdk, `region-info/lib/default.ts`, for names by partition.

use ecrpass_core::{Arn, Partition};

use super::claims::Claims;
use super::place::Place;
use crate::generate::draft::{NewCondition, NewPrincipal, NewStatement, camel_case};
use crate::generate::refusal::Refusal;

/// What narrows ECS tasks.
pub const ECS_CLAIMS: &[&str] = &["region"];
/// What narrows CodeBuild.
pub const CODEBUILD_CLAIMS: &[&str] = &["project", "region"];
/// What narrows pods.
pub const POD_CLAIMS: &[&str] = &["cluster", "namespace", "service-account", "region"];
/// What narrows machines with certificates.
pub const ANYWHERE_CLAIMS: &[&str] = &["trust-anchor", "cn"];

/// The statement that lets the service use the role.
pub fn statement(
    place: Place,
    claims: &Claims,
    partition: Partition,
    account: Option<&str>,
    region: Option<&str>,
) -> Result<NewStatement, Refusal> {
    let service = principal(place, partition);
    let region = claims.one("region")?.or(region).unwrap_or("*");
    let mut actions = vec!["sts:AssumeRole"];
    let mut conditions = Vec::new();
    let comment = match place {
        Place::EcsTasks => {
            let account = account_of(account)?;
            conditions.push(of_account(account));
            conditions.push(source("ArnLike", arn(partition, "ecs", region, account, "*")));
            "Tasks of this account; for the execution role, which pulls, and not for the task's own."
        }
        Place::CodeBuild => {
            let account = account_of(account)?;
            conditions.push(of_account(account));
            if let Some(project) = claims.one("project")? {
                let resource = format!("project/{project}");
                conditions.push(source("ArnLike", arn(partition, "codebuild", region, account, &resource)));
            }
            "Projects of this account."
        }
        Place::PodIdentity => {
            actions.push("sts:TagSession");
            pods(claims, partition, account, region, &mut conditions)?;
            "EKS passes what it knows of the pod as session tags, and is denied without sts:TagSession."
        }
        Place::RolesAnywhere => {
            actions.extend(["sts:TagSession", "sts:SetSourceIdentity"]);
            let anchor = claims.literal("trust-anchor", "its ARN: aws rolesanywhere list-trust-anchors")?;
            let is_anchor = Arn::parse(anchor).is_some_and(|arn| {
                arn.service == "rolesanywhere" && arn.resource_of_kind("trust-anchor").is_some()
            });
            if !is_anchor {
                return Err(Refusal::new(
                    format!("`{anchor}` is not a trust anchor's ARN."),
                    "aws rolesanywhere list-trust-anchors prints them",
                ));
            }
            conditions.push(source("ArnEquals", anchor.to_owned()));
            let names: Vec<String> = claims.all("cn").map(str::to_owned).collect();
            if !names.is_empty() {
                conditions.push(NewCondition::new("StringEquals", "aws:PrincipalTag/x509Subject/CN", names));
            }
            "Only certificates below this trust anchor: without it, any anchor of the account would do."
        }
        Place::PullThroughCache => "ECR, when it fills the cache by a rule that names this role.",
        Place::CreationTemplate => "ECR, when it creates a repository from a template that names this role.",
        Place::AppRunner => "App Runner, when it pulls; the instance role is another one.",
        Place::Ec2 => "Instances, by an instance profile of this role.",
        _ => "Functions with this execution role; their images are pulled in Lambda's own name.",
    };
    Ok(NewStatement {
        sid: camel_case(place.id()),
        comment: comment.to_owned(),
        principal: Some(NewPrincipal::Service(vec![service])),
        actions: actions.into_iter().map(str::to_owned).collect(),
        resources: Vec::new(),
        conditions,
    })
}

/// What the service is called. Only EC2's name is another one in other partitions.
fn principal(place: Place, partition: Partition) -> String {
    match place {
        Place::EcsTasks => "ecs-tasks.amazonaws.com".to_owned(),
        Place::CodeBuild => "codebuild.amazonaws.com".to_owned(),
        Place::PodIdentity => "pods.eks.amazonaws.com".to_owned(),
        Place::RolesAnywhere => "rolesanywhere.amazonaws.com".to_owned(),
        Place::PullThroughCache => "pullthroughcache.ecr.amazonaws.com".to_owned(),
        Place::CreationTemplate => "ecr.amazonaws.com".to_owned(),
        Place::AppRunner => "build.apprunner.amazonaws.com".to_owned(),
        Place::Ec2 => format!("ec2.{}", partition.dns_suffix()),
        _ => "lambda.amazonaws.com".to_owned(),
    }
}

fn pods(
    claims: &Claims,
    partition: Partition,
    account: Option<&str>,
    region: &str,
    conditions: &mut Vec<NewCondition>,
) -> Result<(), Refusal> {
    let tags = [("namespace", "kubernetes-namespace"), ("service-account", "kubernetes-service-account")];
    for (claim, tag) in tags {
        let values: Vec<String> = claims.all(claim).map(str::to_owned).collect();
        if !values.is_empty() {
            conditions.push(NewCondition::new("StringEquals", format!("aws:RequestTag/{tag}"), values));
        }
    }
    if let Some(cluster) = claims.one("cluster")? {
        let resource = format!("cluster/{cluster}");
        let arn = arn(partition, "eks", region, account_of(account)?, &resource);
        conditions.push(NewCondition::new("ArnLike", "aws:RequestTag/eks-cluster-arn", vec![arn]));
    }
    Ok(())
}

fn arn(partition: Partition, service: &str, region: &str, account: &str, resource: &str) -> String {
    Arn { partition: partition.id(), service, region, account, resource }.to_string()
}

fn source(operator: &'static str, arn: String) -> NewCondition {
    NewCondition::new(operator, "aws:SourceArn", vec![arn])
}

/// Another customer's resources cannot have the service use this role.
fn of_account(account: &str) -> NewCondition {
    NewCondition::new("StringEquals", "aws:SourceAccount", vec![account.to_owned()])
}

fn account_of(account: Option<&str>) -> Result<&str, Refusal> {
    account.ok_or_else(|| {
        Refusal::new("It is not said in which account the role is.", "add --account with its twelve digits")
    })
}
