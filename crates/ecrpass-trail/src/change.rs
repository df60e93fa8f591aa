//! A change that somebody made to an object that calls of ECR depend on, with what tells which object it was.

mod touches;

use ecrpass_core::time::EpochSeconds;

use crate::event::Event;
use crate::names::cut;
pub use touches::{Touches, UPSTREAM_SECRETS, changing_calls, touches};

/// A part of a change: which object it was about, by one of its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// A role's name.
    Role,
    /// A user's name.
    User,
    /// A group's name.
    Group,
    /// The ARN of a managed policy, or the id of an organisation's.
    Policy,
    /// The name of an inline policy.
    Inline,
    /// An access key's id.
    Key,
    /// A repository's name.
    Repository,
    /// The account of a registry.
    Registry,
    /// The prefix of a pull-through cache rule.
    Prefix,
    /// A VPC endpoint's id.
    Endpoint,
    /// What a policy of an organisation is attached to: an account, a unit, a root.
    Target,
    /// The account that was moved.
    Account,
    /// A KMS key, by id, ARN or alias.
    KmsKey,
    /// A secret, by name or ARN.
    Secret,
    /// An instance profile.
    Profile,
    /// An instance.
    Instance,
    /// The ARN of an identity provider.
    Provider,
    /// A security group.
    Guard,
    /// What tells it for a person where nothing above does: a group of instances, a service, a security group.
    Other,
}

/// The keys of parameters that name each part.
const KEYS: [(Part, &[&str]); 19] = [
    (Part::Role, &["roleName"]),
    (Part::User, &["userName"]),
    (Part::Group, &["groupName"]),
    (Part::Policy, &["policyArn", "policyId", "permissionsBoundary", "managedPolicyArn"]),
    (Part::Inline, &["policyName"]),
    (Part::Key, &["accessKeyId"]),
    (Part::Repository, &["repositoryName"]),
    (Part::Registry, &["registryId"]),
    (Part::Prefix, &["ecrRepositoryPrefix"]),
    (Part::Endpoint, &["VpcEndpointId", "vpcEndpointId", "DeleteVpcEndpointsRequest.VpcEndpointId.content"]),
    (Part::Target, &["targetId"]),
    (Part::Account, &["accountId"]),
    (Part::KmsKey, &["keyId"]),
    (Part::Secret, &["secretId", "credentialArn"]),
    (Part::Profile, &["instanceProfileName", "IamInstanceProfile.Name", "iamInstanceProfile.name"]),
    (Part::Instance, &["instanceId", "InstanceId"]),
    (Part::Provider, &["openIDConnectProviderArn", "sAMLProviderArn", "permissionSetArn"]),
    (Part::Guard, &["groupId", "GroupId", "AddSecurityGroupId.content", "SecurityGroupId.content"]),
    (
        Part::Other,
        &[
            "autoScalingGroupName",
            "service",
            "nodegroupName",
            "functionName",
            "routeTableId",
            "networkAclId",
            "natGatewayId",
            "resolverRuleId",
            "associationId",
            "AssociationId",
            "serviceAccount",
        ],
    ),
];

/// How much is kept of a name, in bytes.
const LONGEST: usize = 512;

/// How many names are kept of one part: a call may delete many endpoints.
const MOST: usize = 16;

/// A change that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub time: EpochSeconds,
    /// The record's id.
    pub id: String,
    /// What it does to what.
    pub touches: Touches,
    /// The call.
    pub name: String,
    /// The region whose files it is in.
    pub region: String,
    /// The account whose object was changed.
    pub account: String,
    /// Who made it.
    pub by: String,
    /// Which object it was.
    parts: Vec<(Part, String)>,
}

impl Change {
    /// The change that a call made; none where it failed, changes nothing, or nothing that ECR's calls depend on.
    pub fn of(event: &Event<'_>) -> Option<Self> {
        if event.error.as_deref().is_some_and(|error| !error.is_empty()) || event.is_owners_copy() {
            return None;
        }
        let touches = touches(event)?;
        let mut parts = Vec::new();
        for (part, keys) in KEYS {
            let mut values: Vec<&str> = keys.iter().flat_map(|key| event.parameters.all(key)).collect();
            values.extend(answered(part).into_iter().flat_map(|key| event.response.all(key)));
            values.sort_unstable();
            values.dedup();
            values.retain(|value| !value.is_empty());
            parts.extend(values.into_iter().take(MOST).map(|value| (part, cut(value, LONGEST).to_owned())));
        }
        if event.is_ecr() && !parts.iter().any(|(part, _)| *part == Part::Repository) {
            let names = event.repositories().into_iter().take(MOST);
            parts.extend(names.map(|name| (Part::Repository, cut(name, LONGEST).to_owned())));
        }
        // Pod Identity and permission sets name a role by its ARN.
        for arn in event.parameters.all("roleArn").chain(event.response.all("association.roleArn")).take(MOST)
        {
            parts.push((Part::Role, cut(arn, LONGEST).to_owned()));
        }
        Some(Self {
            time: event.time,
            id: cut(&event.id, LONGEST).to_owned(),
            touches,
            name: cut(&event.name, LONGEST).to_owned(),
            region: cut(&event.region, LONGEST).to_owned(),
            account: cut(&event.account, LONGEST).to_owned(),
            by: cut(&event.caller.principal, LONGEST).to_owned(),
            parts,
        })
    }

    /// The first name of a part.
    pub fn get(&self, part: Part) -> Option<&str> {
        self.all(part).next()
    }

    /// Every name of a part.
    pub fn all(&self, part: Part) -> impl Iterator<Item = &str> {
        self.parts.iter().filter(move |(of, _)| *of == part).map(|(_, name)| name.as_str())
    }

    /// Whether one of the names of a part is this one.
    pub fn names(&self, part: Part, name: &str) -> bool {
        !name.is_empty() && self.all(part).any(|of| of == name)
    }

    /// What it was about, in a word or two: for people.
    pub fn object(&self) -> String {
        let mut words = Vec::new();
        for (part, name) in &self.parts {
            if *part == Part::Registry && self.parts.len() > 1 {
                continue;
            }
            let name = name.as_str();
            if !words.contains(&name) {
                words.push(name);
            }
        }
        words.truncate(3);
        words.join(", ")
    }
}

/// Whether a parameter names an object, or says what a change does to it.
pub fn is_name(path: &str) -> bool {
    const OTHERS: [&str; 8] = [
        "status",
        "setAsDefault",
        "roleArn",
        "imageTag",
        "imageDigest",
        "layerDigest",
        "name",
        "repositoryNames",
    ];
    let ends_in =
        |name: &str| path.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('.'));
    OTHERS.iter().any(|name| ends_in(name))
        || KEYS.iter().flat_map(|(_, keys)| *keys).any(|name| ends_in(name))
}

/// Whether it only counts that a parameter is there, not what it says.
pub fn tells_by_being_there(path: &str) -> bool {
    ["PolicyDocument", "ResetPolicy", "content", "policyText"]
        .iter()
        .any(|key| path.split('.').any(|part| part == *key))
}

/// The keys of an answer that name a part which the parameters may leave out.
fn answered(part: Part) -> Option<&'static str> {
    match part {
        // A resource of ECR names its registry in the answer where the request left out its own.
        Part::Registry => Some("registryId"),
        Part::Instance => Some("instanceId"),
        Part::Endpoint => Some("vpcEndpointId"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Fields;

    fn call<'a>(source: &'a str, name: &'a str, parameters: &[(&'a str, &'a str)]) -> Event<'a> {
        Event {
            source: source.into(),
            name: name.into(),
            account: "123456789012".into(),
            parameters: Fields(parameters.iter().map(|&(k, v)| (k.into(), v.into())).collect()),
            ..Event::default()
        }
    }

    #[test]
    fn a_change_names_its_objects() {
        let event = call(
            "iam.amazonaws.com",
            "DetachRolePolicy",
            &[("roleName", "ci"), ("policyArn", "arn:aws:iam::123456789012:policy/p")],
        );
        let change = Change::of(&event).unwrap();
        assert_eq!(change.touches, Touches::RolePolicyTaken);
        assert!(change.names(Part::Role, "ci") && !change.names(Part::Role, "c"));
        assert_eq!(change.object(), "ci, arn:aws:iam::123456789012:policy/p");
        let event = call(
            "ec2.amazonaws.com",
            "DeleteVpcEndpoints",
            &[
                ("DeleteVpcEndpointsRequest.VpcEndpointId.content", "vpce-1"),
                ("DeleteVpcEndpointsRequest.VpcEndpointId.content", "vpce-2"),
            ],
        );
        let change = Change::of(&event).unwrap();
        assert_eq!(change.all(Part::Endpoint).collect::<Vec<_>>(), ["vpce-1", "vpce-2"]);
    }

    #[test]
    fn what_failed_or_only_looked_changed_nothing() {
        let mut event = call("iam.amazonaws.com", "DeleteRolePolicy", &[("roleName", "ci")]);
        assert!(Change::of(&event).is_some());
        event.error = Some("AccessDenied".into());
        assert_eq!(Change::of(&event), None);
        for (source, name) in [
            ("iam.amazonaws.com", "GetRole"),
            ("iam.amazonaws.com", "TagRole"),
            // The same name, of another service.
            ("codeartifact.amazonaws.com", "DeleteRepository"),
        ] {
            assert_eq!(Change::of(&call(source, name, &[("roleName", "ci")])), None, "{name}");
        }
    }

    #[test]
    fn long_and_hostile_names_are_cut_not_refused() {
        let long = "é".repeat(4_000);
        let change = Change::of(&call("iam.amazonaws.com", "DeleteRole", &[("roleName", &long)])).unwrap();
        assert!(change.get(Part::Role).unwrap().len() <= LONGEST);
    }
}
