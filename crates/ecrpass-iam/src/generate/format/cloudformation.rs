//! Documents for CloudFormation: a template for each account.
//!
//! Source: CloudFormation Template Reference, the resource types used here.

use super::yaml;
use crate::generate::draft::{Draft, Kind, camel_case};
use crate::generate::refusal::Refusal;

/// The templates, one for each account, as documents of one YAML stream.
///
/// # Errors
/// [`Refusal`] for what is no resource.
pub fn templates(drafts: &[Draft]) -> Result<String, Refusal> {
    if drafts.iter().any(|draft| draft.kind == Kind::Session) {
        return Err(Refusal::new(
            "A session policy is passed when a session begins: CloudFormation has no resource for it.",
            "choose --format json",
        ));
    }
    let mut accounts: Vec<&Option<String>> = Vec::new();
    for draft in drafts {
        if !accounts.contains(&&draft.account) {
            accounts.push(&draft.account);
        }
    }
    let templates = accounts.into_iter().map(|account| {
        let here: Vec<&Draft> = drafts.iter().filter(|draft| draft.account == *account).collect();
        template(account.as_deref(), &here, drafts)
    });
    Ok(templates.collect::<Vec<_>>().join("---\n"))
}

fn template(account: Option<&str>, drafts: &[&Draft], all: &[Draft]) -> String {
    let mut lines = Vec::new();
    if let Some(account) = account {
        lines.push(format!("# For the account {account}."));
    }
    for draft in drafts {
        lines.push(format!("# {}: the {}.", logical_id(draft), draft.title()));
        lines.extend(draft.notes.iter().map(|note| format!("#   {note}")));
        if draft.kind == Kind::Repository {
            lines.push(
                "#   If the repository exists already, import it into the stack: this would create it."
                    .to_owned(),
            );
        }
    }
    lines.push("AWSTemplateFormatVersion: \"2010-09-09\"".to_owned());
    let parameters = parameters(drafts);
    if !parameters.is_empty() {
        lines.push("Parameters:".to_owned());
        lines.extend(parameters);
    }
    lines.push("Resources:".to_owned());
    for draft in drafts {
        let made = draft.role_made(all);
        lines.extend(resource(draft, made.map(logical_id).as_deref()));
    }
    lines.join("\n") + "\n"
}

fn logical_id(draft: &Draft) -> String {
    let end = match draft.kind {
        Kind::Role | Kind::User => "Policy",
        Kind::Boundary => "Boundary",
        Kind::Session => "Session",
        Kind::Repository => "Repository",
        Kind::Registry => "Registry",
        Kind::ApiEndpoint | Kind::RegistryEndpoint | Kind::LayerEndpoint => "Endpoint",
        Kind::Trust => "Role",
    };
    format!("{}{end}", camel_case(&draft.name))
}

/// What only the owner of the network knows.
fn parameters(drafts: &[&Draft]) -> Vec<String> {
    let has = |kinds: &[Kind]| drafts.iter().any(|draft| kinds.contains(&draft.kind));
    let is_interface = has(&[Kind::ApiEndpoint, Kind::RegistryEndpoint]);
    let mut lines = Vec::new();
    let mut parameter = |name: &str, kind: &str| {
        lines.push(format!("  {name}:"));
        lines.push(format!("    Type: {kind}"));
    };
    if is_interface || has(&[Kind::LayerEndpoint]) {
        parameter("VpcId", "AWS::EC2::VPC::Id");
    }
    if is_interface {
        parameter("SubnetIds", "List<AWS::EC2::Subnet::Id>");
        parameter("SecurityGroupIds", "List<AWS::EC2::SecurityGroup::Id>");
    }
    if has(&[Kind::LayerEndpoint]) {
        parameter("RouteTableIds", "List<String>");
    }
    lines
}

fn resource(draft: &Draft, made_role: Option<&str>) -> Vec<String> {
    let property = |key: &str, value: &str| format!("      {key}: {}", yaml::scalar(value));
    let reference = |key: &str, name: &str| format!("      {key}: !Ref {name}");
    let holder = draft.holder.as_deref();
    // A repository is kept, with its images, when the stack goes.
    let retained =
        || vec!["    DeletionPolicy: Retain".to_owned(), "    UpdateReplacePolicy: Retain".to_owned()];
    let (kind, before, mut properties, document) = match (draft.kind, holder) {
        (Kind::Role, Some(role)) => (
            "AWS::IAM::RolePolicy",
            Vec::new(),
            vec![
                property("PolicyName", &draft.name),
                made_role.map_or_else(|| property("RoleName", role), |made| reference("RoleName", made)),
            ],
            "PolicyDocument",
        ),
        (Kind::User, Some(user)) => (
            "AWS::IAM::UserPolicy",
            Vec::new(),
            vec![property("PolicyName", &draft.name), property("UserName", user)],
            "PolicyDocument",
        ),
        (Kind::Role | Kind::User | Kind::Boundary | Kind::Session, _) => {
            ("AWS::IAM::ManagedPolicy", Vec::new(), Vec::new(), "PolicyDocument")
        }
        (Kind::Repository, repository) => (
            if draft.region.is_some() { "AWS::ECR::Repository" } else { "AWS::ECR::PublicRepository" },
            retained(),
            vec![property("RepositoryName", repository.unwrap_or_default())],
            "RepositoryPolicyText",
        ),
        (Kind::Registry, _) => ("AWS::ECR::RegistryPolicy", Vec::new(), Vec::new(), "PolicyText"),
        (Kind::ApiEndpoint | Kind::RegistryEndpoint, _) => {
            let service = if draft.kind == Kind::ApiEndpoint { "api" } else { "dkr" };
            let properties = vec![
                reference("VpcId", "VpcId"),
                format!("      ServiceName: !Sub \"{}\"", service_name(draft, &format!("ecr.{service}"))),
                property("VpcEndpointType", "Interface"),
                "      PrivateDnsEnabled: true".to_owned(),
                reference("SubnetIds", "SubnetIds"),
                reference("SecurityGroupIds", "SecurityGroupIds"),
            ];
            ("AWS::EC2::VPCEndpoint", Vec::new(), properties, "PolicyDocument")
        }
        (Kind::LayerEndpoint, _) => {
            let properties = vec![
                reference("VpcId", "VpcId"),
                format!("      ServiceName: !Sub \"{}\"", service_name(draft, "s3")),
                property("VpcEndpointType", "Gateway"),
                reference("RouteTableIds", "RouteTableIds"),
            ];
            ("AWS::EC2::VPCEndpoint", Vec::new(), properties, "PolicyDocument")
        }
        (Kind::Trust, role) => {
            let name = role.map(|role| property("RoleName", role));
            ("AWS::IAM::Role", Vec::new(), name.into_iter().collect(), "AssumeRolePolicyDocument")
        }
    };
    properties.push(format!("      {document}:"));
    let mut lines = vec![format!("  {}:", logical_id(draft)), format!("    Type: {kind}")];
    lines.extend(before);
    lines.push("    Properties:".to_owned());
    lines.extend(properties);
    lines.extend(yaml::document(draft, 8));
    lines
}

/// What an endpoint is for; in China interface endpoints have a prefix. Source: ECR User Guide for China.
fn service_name(draft: &Draft, service: &str) -> String {
    let is_interface_in_china = draft.partition == ecrpass_core::Partition::AwsCn && service != "s3";
    let prefix = if is_interface_in_china { "cn." } else { "" };
    format!("{prefix}com.amazonaws.${{AWS::Region}}.{service}")
}
