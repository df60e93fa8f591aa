//! The IAM policies of a template, as JSON, with the way back from each value to its place in the file.
//!
//! Source: CloudFormation template reference, the `AWS::IAM::…`, `AWS::ECR::…`, `AWS::EC2::VPCEndpoint` and
//! `AWS::Organizations::Policy` resources.

use ecrpass_json::quoted;

use super::intrinsics::{Filled, Template};
use crate::inputs::tree::Node;

/// The longest policy that is put together, in bytes: aliases may make much of little.
const MAX_LENGTH: usize = 1024 * 1024;

/// A policy of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplatePolicy {
    /// The resource's name in the template.
    pub resource: String,
    /// What kind of policy it is.
    pub kind: TemplatePolicyKind,
    /// The repository it belongs to, where the template names it.
    pub repository: Option<String>,
    /// The document as JSON. What is not known stands in it as `${Name}`.
    pub json: String,
    /// Bytes of the JSON, and those of the file that they stand for, in order.
    pub places: Vec<(usize, usize)>,
    /// The names of what is not known.
    pub unknown: Vec<String>,
}

/// What kind of policy it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplatePolicyKind {
    /// Of a user, a role or a group, inline.
    Identity,
    /// A managed policy: an identity's, or a boundary.
    Managed,
    /// Who may assume a role.
    Trust,
    /// A repository's.
    Repository,
    /// The registry's.
    Registry,
    /// A VPC endpoint's.
    Endpoint,
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
}

/// The policies of a template, in the order of the file.
pub fn read(template: &Template<'_>, document: &Node) -> Vec<TemplatePolicy> {
    use TemplatePolicyKind::{
        Endpoint, Identity, Managed, Registry, Repository, ResourceControl, ServiceControl, Trust,
    };
    let mut found = Vec::new();
    for (name, resource) in document.get("Resources").and_then(Node::members).unwrap_or_default() {
        let Some(properties) = resource.get("Properties") else { continue };
        let mut push = |kind: TemplatePolicyKind, policy: Option<&Node>, repository: Option<String>| {
            let Some(policy) = policy else { return };
            let mut writer = Writer {
                template,
                repositories: document,
                json: String::new(),
                places: Vec::new(),
                unknown: Vec::new(),
            };
            writer.write(policy);
            let Writer { json, places, unknown, .. } = writer;
            found.push(TemplatePolicy { resource: name.clone(), kind, repository, json, places, unknown });
        };
        match resource.text_of("Type").unwrap_or_default() {
            "AWS::IAM::Policy"
            | "AWS::IAM::RolePolicy"
            | "AWS::IAM::UserPolicy"
            | "AWS::IAM::GroupPolicy" => {
                push(Identity, properties.get("PolicyDocument"), None);
            }
            "AWS::IAM::ManagedPolicy" => push(Managed, properties.get("PolicyDocument"), None),
            "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" => {
                push(Trust, properties.get("AssumeRolePolicyDocument"), None);
                for policy in properties.items_of("Policies") {
                    push(Identity, policy.get("PolicyDocument"), None);
                }
            }
            "AWS::ECR::Repository" | "AWS::ECR::PublicRepository" => {
                let name = properties.get("RepositoryName").map(|name| template.fill(name).text);
                push(Repository, properties.get("RepositoryPolicyText"), name);
            }
            "AWS::ECR::RegistryPolicy" => push(Registry, properties.get("PolicyText"), None),
            "AWS::EC2::VPCEndpoint" => push(Endpoint, properties.get("PolicyDocument"), None),
            "AWS::Organizations::Policy" => {
                let is_rcp = properties.text_of("Type") == Some("RESOURCE_CONTROL_POLICY");
                push(if is_rcp { ResourceControl } else { ServiceControl }, properties.get("Content"), None);
            }
            _ => {}
        }
    }
    found
}

struct Writer<'a> {
    template: &'a Template<'a>,
    repositories: &'a Node,
    json: String,
    places: Vec<(usize, usize)>,
    unknown: Vec<String>,
}

impl Writer<'_> {
    fn write(&mut self, node: &Node) {
        if self.json.len() > MAX_LENGTH {
            return;
        }
        self.places.push((self.json.len(), node.at));
        if let Some(items) = node.items() {
            self.list('[', ']', items.iter(), |writer, item| writer.write(item));
        } else if let Some(members) = node.members().filter(|members| !is_function(members)) {
            self.list('{', '}', members.iter(), |writer, (key, value)| {
                writer.json.push_str(&quoted(key));
                writer.json.push(':');
                writer.write(value);
            });
        } else if node.members().is_some() || node.text().is_some() {
            let filled = self.arn(node).unwrap_or_else(|| self.template.fill(node));
            for name in filled.unknown {
                if !self.unknown.contains(&name) {
                    self.unknown.push(name);
                }
            }
            self.json.push_str(&quoted(&filled.text));
        } else {
            self.json.push_str("null");
        }
    }

    fn list<T>(
        &mut self,
        open: char,
        close: char,
        items: impl Iterator<Item = T>,
        each: impl Fn(&mut Self, T),
    ) {
        self.json.push(open);
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.json.push(',');
            }
            each(self, item);
        }
        self.json.push(close);
    }

    /// `!GetAtt Repository.Arn` of a repository that the template names.
    fn arn(&self, node: &Node) -> Option<Filled> {
        let argument = node.get("Fn::GetAtt")?;
        let name = match (argument.items(), argument.text()) {
            (Some([name, attribute]), _) if attribute.text() == Some("Arn") => name.text()?,
            (_, Some(text)) => text.strip_suffix(".Arn")?,
            _ => return None,
        };
        let resource = self.repositories.at(&["Resources", name])?;
        (resource.text_of("Type")? == "AWS::ECR::Repository").then_some(())?;
        Some(self.template.repository_arn(resource.at(&["Properties", "RepositoryName"])?))
    }
}

/// Whether an object is a function of CloudFormation's.
fn is_function(members: &[(String, Node)]) -> bool {
    matches!(members, [(name, _)] if name == "Ref" || name.starts_with("Fn::"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::context::Context;
    use crate::inputs::tree;

    #[test]
    fn policies_of_a_template_lead_back_to_their_lines() {
        let text = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  App:\n    Type: AWS::ECR::Repository\n    Properties:\n      RepositoryName: team/app\n      RepositoryPolicyText:\n        Version: '2012-10-17'\n        Statement:\n          - Effect: Allow\n            Principal: '*'\n            Action: [ecr:BatchGetImage]\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}\n      Policies:\n        - PolicyName: pull\n          PolicyDocument:\n            Version: '2012-10-17'\n            Statement:\n              Effect: Allow\n              Action: ecr:*\n              Resource:\n                - !GetAtt App.Arn\n                - !Sub 'arn:${AWS::Partition}:ecr:*:${Owner}:repository/x'\n";
        let variable = |name: &str| match name {
            "AWS_REGION" => Some("cn-north-1".to_owned()),
            "AWS_ACCOUNT_ID" => Some("123456789012".to_owned()),
            _ => None,
        };
        let context = Context::new("t.yaml", text, &variable);
        let documents = tree::read("t.yaml", text).unwrap();
        let found = crate::inputs::cloudformation::policies(&context, &documents[0]);
        let kinds: Vec<_> = found.iter().map(|policy| (policy.resource.as_str(), policy.kind)).collect();
        assert_eq!(
            kinds,
            [
                ("App", TemplatePolicyKind::Repository),
                ("Role", TemplatePolicyKind::Trust),
                ("Role", TemplatePolicyKind::Identity)
            ]
        );
        assert_eq!(found[0].repository.as_deref(), Some("team/app"));
        assert_eq!(
            found[0].json,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":["ecr:BatchGetImage"]}]}"#
        );
        let at = found[0].json.find("[\"ecr:B").unwrap() + 1;
        let (_, place) = found[0].places.iter().find(|(here, _)| *here == at).unwrap();
        assert!(text[*place..].starts_with("ecr:BatchGetImage"));
        let identity = &found[2];
        assert!(
            identity.json.contains("arn:aws-cn:ecr:cn-north-1:123456789012:repository/team/app"),
            "{}",
            identity.json
        );
        assert_eq!(identity.unknown, ["Owner"]);
    }
}
