//! Which calls change something that calls of ECR depend on, and what they do to it: one table.
//!
//! Sources: the Service Authorization Reference of each service, and the API references for the names of parameters as
//! CloudTrail writes them.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::Event;

/// What a change does to what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Touches {
    /// A role lost a policy.
    RolePolicyTaken,
    /// An inline policy of a role was written: it may allow less than before, or more.
    RolePolicyPut,
    /// A role got a managed policy.
    RolePolicyGiven,
    /// A role's permissions boundary was set.
    RoleBoundaryPut,
    /// A role's permissions boundary was taken away.
    RoleBoundaryTaken,
    /// Who may assume a role.
    RoleTrust,
    /// A role was deleted.
    RoleDeleted,
    /// A managed policy says something else.
    PolicyVersion,
    /// A managed policy was deleted.
    PolicyDeleted,
    /// A user lost a policy.
    UserPolicyTaken,
    /// An inline policy of a user was written.
    UserPolicyPut,
    /// A user got a managed policy.
    UserPolicyGiven,
    /// A user's permissions boundary was set.
    UserBoundaryPut,
    /// A user's permissions boundary was taken away.
    UserBoundaryTaken,
    /// A user was deleted.
    UserDeleted,
    /// A user left a group.
    GroupLeft,
    /// A user joined a group.
    GroupJoined,
    /// A group lost a policy.
    GroupPolicyTaken,
    /// An inline policy of a group was written.
    GroupPolicyPut,
    /// A group got a managed policy.
    GroupPolicyGiven,
    /// An access key was deactivated or deleted.
    KeyOff,
    /// An access key was activated or created.
    KeyOn,
    /// An instance profile lost its role.
    ProfileRoleTaken,
    /// An instance profile got a role.
    ProfileRoleGiven,
    /// An instance has another instance profile, or none.
    InstanceProfile,
    /// How an instance may ask for its credentials.
    InstanceMetadata,
    /// An identity provider was changed or deleted.
    Provider,
    /// An association of EKS Pod Identity was changed or deleted.
    PodIdentity,
    /// An association of EKS Pod Identity was made.
    PodIdentityGiven,
    /// What a permission set of IAM Identity Center allows.
    PermissionSet,
    /// A repository's policy was set.
    RepositoryPolicyPut,
    /// A repository's policy was deleted.
    RepositoryPolicyTaken,
    /// A repository was deleted.
    RepositoryDeleted,
    /// A repository was made.
    RepositoryCreated,
    /// The registry's policy was set or deleted.
    RegistryPolicy,
    /// A pull-through cache rule was changed or deleted.
    UpstreamRule,
    /// A pull-through cache rule was made.
    UpstreamRuleCreated,
    /// A lifecycle policy was written: it deletes images.
    Lifecycle,
    /// Whether tags may be overwritten.
    TagMutability,
    /// Images were deleted.
    ImagesDeleted,
    /// The policy of a VPC endpoint.
    EndpointPolicy,
    /// A VPC endpoint's subnets, security groups or names.
    EndpointNetwork,
    /// A VPC endpoint was deleted.
    EndpointDeleted,
    /// A VPC endpoint was made.
    EndpointCreated,
    /// A security group, a route, a network ACL, a NAT gateway, a rule of a resolver.
    Network,
    /// A policy of the organisation was attached.
    OrgPolicyAttached,
    /// A policy of the organisation was detached.
    OrgPolicyDetached,
    /// A policy of the organisation says something else.
    OrgPolicyUpdated,
    /// A type of policies was switched on or off in the organisation.
    OrgPolicyType,
    /// An account was moved within the organisation, or out of it.
    OrgAccountMoved,
    /// A KMS key was disabled, or waits for its deletion.
    KmsKeyOff,
    /// A KMS key was enabled.
    KmsKeyOn,
    /// The policy of a KMS key.
    KmsKeyPolicy,
    /// A grant on a KMS key was revoked.
    KmsGrant,
    /// What a secret holds, or who may read it.
    Secret,
    /// A secret was deleted.
    SecretDeleted,
    /// How many machines, tasks or functions there are: context of throttling, not a cause.
    Load,
    /// Whether there are records at all: while a trail is off, silence means nothing.
    Logging,
}

/// What is in the way of a call that only sometimes changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// It always does.
    Always,
    /// Where a parameter has this value.
    Is(&'static str, &'static str),
    /// Where there is such a parameter.
    Has(&'static str),
    /// Where the secret is one of pull-through cache rules.
    OfUpstream,
}

use When::{Always, Has, Is, OfUpstream};

const IAM: &str = "iam.amazonaws.com";
const ECR: &str = "ecr.amazonaws.com";
const PUBLIC: &str = "ecr-public.amazonaws.com";
const EC2: &str = "ec2.amazonaws.com";
const ORGANIZATIONS: &str = "organizations.amazonaws.com";
const KMS: &str = "kms.amazonaws.com";
const SECRETS: &str = "secretsmanager.amazonaws.com";
const EKS: &str = "eks.amazonaws.com";
const SSO: &str = "sso.amazonaws.com";
const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";
const RESOLVER: &str = "route53resolver.amazonaws.com";

/// What secrets of pull-through cache rules are called. Source: ECR User Guide, "Creating a pull through cache rule".
pub const UPSTREAM_SECRETS: &str = "ecr-pullthroughcache/";

type Row = (&'static str, &'static str, When, Touches);

/// Of rows with the same call the first that fits counts.
const TABLE: &[Row] = &[
    (IAM, "DetachRolePolicy", Always, Touches::RolePolicyTaken),
    (IAM, "DeleteRolePolicy", Always, Touches::RolePolicyTaken),
    (IAM, "PutRolePolicy", Always, Touches::RolePolicyPut),
    (IAM, "AttachRolePolicy", Always, Touches::RolePolicyGiven),
    (IAM, "PutRolePermissionsBoundary", Always, Touches::RoleBoundaryPut),
    (IAM, "DeleteRolePermissionsBoundary", Always, Touches::RoleBoundaryTaken),
    (IAM, "UpdateAssumeRolePolicy", Always, Touches::RoleTrust),
    (IAM, "DeleteRole", Always, Touches::RoleDeleted),
    (IAM, "CreatePolicyVersion", Is("setAsDefault", "true"), Touches::PolicyVersion),
    (IAM, "SetDefaultPolicyVersion", Always, Touches::PolicyVersion),
    (IAM, "DeletePolicy", Always, Touches::PolicyDeleted),
    (IAM, "DetachUserPolicy", Always, Touches::UserPolicyTaken),
    (IAM, "DeleteUserPolicy", Always, Touches::UserPolicyTaken),
    (IAM, "PutUserPolicy", Always, Touches::UserPolicyPut),
    (IAM, "AttachUserPolicy", Always, Touches::UserPolicyGiven),
    (IAM, "PutUserPermissionsBoundary", Always, Touches::UserBoundaryPut),
    (IAM, "DeleteUserPermissionsBoundary", Always, Touches::UserBoundaryTaken),
    (IAM, "DeleteUser", Always, Touches::UserDeleted),
    (IAM, "RemoveUserFromGroup", Always, Touches::GroupLeft),
    (IAM, "AddUserToGroup", Always, Touches::GroupJoined),
    (IAM, "DetachGroupPolicy", Always, Touches::GroupPolicyTaken),
    (IAM, "DeleteGroupPolicy", Always, Touches::GroupPolicyTaken),
    (IAM, "PutGroupPolicy", Always, Touches::GroupPolicyPut),
    (IAM, "AttachGroupPolicy", Always, Touches::GroupPolicyGiven),
    (IAM, "UpdateAccessKey", Is("status", "Inactive"), Touches::KeyOff),
    (IAM, "UpdateAccessKey", Is("status", "Active"), Touches::KeyOn),
    (IAM, "DeleteAccessKey", Always, Touches::KeyOff),
    (IAM, "CreateAccessKey", Always, Touches::KeyOn),
    (IAM, "RemoveRoleFromInstanceProfile", Always, Touches::ProfileRoleTaken),
    (IAM, "AddRoleToInstanceProfile", Always, Touches::ProfileRoleGiven),
    (IAM, "DeleteInstanceProfile", Always, Touches::ProfileRoleTaken),
    (IAM, "DeleteOpenIDConnectProvider", Always, Touches::Provider),
    (IAM, "UpdateOpenIDConnectProviderThumbprint", Always, Touches::Provider),
    (IAM, "RemoveClientIDFromOpenIDConnectProvider", Always, Touches::Provider),
    (IAM, "DeleteSAMLProvider", Always, Touches::Provider),
    (IAM, "UpdateSAMLProvider", Always, Touches::Provider),
    (EC2, "DisassociateIamInstanceProfile", Always, Touches::InstanceProfile),
    (EC2, "ReplaceIamInstanceProfileAssociation", Always, Touches::InstanceProfile),
    (EC2, "ModifyInstanceMetadataOptions", Always, Touches::InstanceMetadata),
    (EKS, "DeletePodIdentityAssociation", Always, Touches::PodIdentity),
    (EKS, "UpdatePodIdentityAssociation", Always, Touches::PodIdentity),
    (EKS, "CreatePodIdentityAssociation", Always, Touches::PodIdentityGiven),
    (SSO, "DetachManagedPolicyFromPermissionSet", Always, Touches::PermissionSet),
    (SSO, "DetachCustomerManagedPolicyReferenceFromPermissionSet", Always, Touches::PermissionSet),
    (SSO, "DeleteInlinePolicyFromPermissionSet", Always, Touches::PermissionSet),
    (SSO, "PutInlinePolicyToPermissionSet", Always, Touches::PermissionSet),
    (SSO, "PutPermissionsBoundaryToPermissionSet", Always, Touches::PermissionSet),
    (ECR, "SetRepositoryPolicy", Always, Touches::RepositoryPolicyPut),
    (ECR, "DeleteRepositoryPolicy", Always, Touches::RepositoryPolicyTaken),
    (ECR, "DeleteRepository", Always, Touches::RepositoryDeleted),
    (ECR, "CreateRepository", Always, Touches::RepositoryCreated),
    (ECR, "PutRegistryPolicy", Always, Touches::RegistryPolicy),
    (ECR, "DeleteRegistryPolicy", Always, Touches::RegistryPolicy),
    (ECR, "DeletePullThroughCacheRule", Always, Touches::UpstreamRule),
    (ECR, "UpdatePullThroughCacheRule", Always, Touches::UpstreamRule),
    (ECR, "CreatePullThroughCacheRule", Always, Touches::UpstreamRuleCreated),
    (ECR, "PutLifecyclePolicy", Always, Touches::Lifecycle),
    (ECR, "PutImageTagMutability", Always, Touches::TagMutability),
    (ECR, "BatchDeleteImage", Always, Touches::ImagesDeleted),
    // What a lifecycle policy does.
    (ECR, "PolicyExecutionEvent", Always, Touches::ImagesDeleted),
    (PUBLIC, "SetRepositoryPolicy", Always, Touches::RepositoryPolicyPut),
    (PUBLIC, "DeleteRepositoryPolicy", Always, Touches::RepositoryPolicyTaken),
    (PUBLIC, "DeleteRepository", Always, Touches::RepositoryDeleted),
    (PUBLIC, "CreateRepository", Always, Touches::RepositoryCreated),
    (PUBLIC, "BatchDeleteImage", Always, Touches::ImagesDeleted),
    (EC2, "ModifyVpcEndpoint", Has("PolicyDocument"), Touches::EndpointPolicy),
    (EC2, "ModifyVpcEndpoint", Has("ResetPolicy"), Touches::EndpointPolicy),
    (EC2, "ModifyVpcEndpoint", Always, Touches::EndpointNetwork),
    (EC2, "CreateVpcEndpoint", Always, Touches::EndpointCreated),
    (EC2, "DeleteVpcEndpoints", Always, Touches::EndpointDeleted),
    (EC2, "RevokeSecurityGroupIngress", Always, Touches::Network),
    (EC2, "RevokeSecurityGroupEgress", Always, Touches::Network),
    (EC2, "DeleteRoute", Always, Touches::Network),
    (EC2, "ReplaceRoute", Always, Touches::Network),
    (EC2, "DisassociateRouteTable", Always, Touches::Network),
    (EC2, "ReplaceRouteTableAssociation", Always, Touches::Network),
    (EC2, "CreateNetworkAclEntry", Always, Touches::Network),
    (EC2, "ReplaceNetworkAclEntry", Always, Touches::Network),
    (EC2, "DeleteNetworkAclEntry", Always, Touches::Network),
    (EC2, "ReplaceNetworkAclAssociation", Always, Touches::Network),
    (EC2, "DeleteNatGateway", Always, Touches::Network),
    (RESOLVER, "DeleteResolverRule", Always, Touches::Network),
    (RESOLVER, "DisassociateResolverRule", Always, Touches::Network),
    (RESOLVER, "UpdateResolverRule", Always, Touches::Network),
    (ORGANIZATIONS, "AttachPolicy", Always, Touches::OrgPolicyAttached),
    (ORGANIZATIONS, "DetachPolicy", Always, Touches::OrgPolicyDetached),
    // A policy that is only renamed says what it said before.
    (ORGANIZATIONS, "UpdatePolicy", Has("content"), Touches::OrgPolicyUpdated),
    (ORGANIZATIONS, "EnablePolicyType", Always, Touches::OrgPolicyType),
    (ORGANIZATIONS, "DisablePolicyType", Always, Touches::OrgPolicyType),
    (ORGANIZATIONS, "MoveAccount", Always, Touches::OrgAccountMoved),
    (ORGANIZATIONS, "RemoveAccountFromOrganization", Always, Touches::OrgAccountMoved),
    (KMS, "DisableKey", Always, Touches::KmsKeyOff),
    (KMS, "ScheduleKeyDeletion", Always, Touches::KmsKeyOff),
    (KMS, "EnableKey", Always, Touches::KmsKeyOn),
    (KMS, "PutKeyPolicy", Always, Touches::KmsKeyPolicy),
    (KMS, "RevokeGrant", Always, Touches::KmsGrant),
    (KMS, "RetireGrant", Always, Touches::KmsGrant),
    (SECRETS, "PutSecretValue", OfUpstream, Touches::Secret),
    (SECRETS, "UpdateSecret", OfUpstream, Touches::Secret),
    (SECRETS, "RotateSecret", OfUpstream, Touches::Secret),
    (SECRETS, "PutResourcePolicy", OfUpstream, Touches::Secret),
    (SECRETS, "DeleteResourcePolicy", OfUpstream, Touches::Secret),
    (SECRETS, "DeleteSecret", OfUpstream, Touches::SecretDeleted),
    (CLOUDTRAIL, "StopLogging", Always, Touches::Logging),
    (CLOUDTRAIL, "DeleteTrail", Always, Touches::Logging),
    (CLOUDTRAIL, "PutEventSelectors", Always, Touches::Logging),
    ("autoscaling.amazonaws.com", "SetDesiredCapacity", Always, Touches::Load),
    ("autoscaling.amazonaws.com", "UpdateAutoScalingGroup", Always, Touches::Load),
    ("ecs.amazonaws.com", "UpdateService", Always, Touches::Load),
    (EKS, "UpdateNodegroupConfig", Always, Touches::Load),
    (EKS, "UpdateNodegroupVersion", Always, Touches::Load),
];

/// What a call changes, where it changes something that calls of ECR depend on.
pub fn touches(event: &Event<'_>) -> Option<Touches> {
    let rows = TABLE.iter().filter(|(source, name, ..)| *name == event.name && *source == event.source);
    let mut rows = rows.filter(|(.., when, _)| match *when {
        Always => true,
        Is(key, value) => event.parameters.get(key).is_some_and(|found| found.eq_ignore_ascii_case(value)),
        Has(key) => event.parameters.0.iter().any(|(path, _)| path.split('.').any(|part| part == key)),
        OfUpstream => event.parameters.all("secretId").any(|id| id.contains(UPSTREAM_SECRETS)),
    });
    rows.next().map(|&(.., touches)| touches)
}

/// The calls that can be such changes, with their services: for engines that have no table of their own.
pub fn changing_calls() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut calls: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for &(source, name, _, touches) in TABLE {
        if !matches!(touches, Touches::Load | Touches::Logging) {
            calls.entry(source).or_default().insert(name);
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Fields;

    fn of(source: &str, name: &str, parameters: &[(&str, &str)]) -> Option<Touches> {
        touches(&Event {
            source: source.into(),
            name: name.into(),
            parameters: Fields(parameters.iter().map(|&(k, v)| (k.into(), v.into())).collect()),
            ..Event::default()
        })
    }

    #[test]
    fn the_parameters_tell_what_a_call_does() {
        let endpoint = ("ModifyVpcEndpointRequest.VpcEndpointId", "vpce-1");
        type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], Option<Touches>);
        let cases: &[Case<'_>] = &[
            (IAM, "UpdateAccessKey", &[("status", "Inactive")], Some(Touches::KeyOff)),
            (IAM, "UpdateAccessKey", &[("status", "Active")], Some(Touches::KeyOn)),
            (IAM, "CreatePolicyVersion", &[("setAsDefault", "false")], None),
            (IAM, "CreatePolicyVersion", &[("setAsDefault", "true")], Some(Touches::PolicyVersion)),
            (
                EC2,
                "ModifyVpcEndpoint",
                &[endpoint, ("ModifyVpcEndpointRequest.PolicyDocument", "{}")],
                Some(Touches::EndpointPolicy),
            ),
            (
                EC2,
                "ModifyVpcEndpoint",
                &[endpoint, ("ModifyVpcEndpointRequest.AddSecurityGroupId.content", "sg-1")],
                Some(Touches::EndpointNetwork),
            ),
            (ORGANIZATIONS, "UpdatePolicy", &[("policyId", "p-1"), ("name", "tags")], None),
            (
                ORGANIZATIONS,
                "UpdatePolicy",
                &[("policyId", "p-1"), ("content", "HIDDEN")],
                Some(Touches::OrgPolicyUpdated),
            ),
            (SECRETS, "PutSecretValue", &[("secretId", "prod/ecr/registry-mirror")], None),
            (
                SECRETS,
                "PutSecretValue",
                &[("secretId", "ecr-pullthroughcache/docker-hub")],
                Some(Touches::Secret),
            ),
        ];
        for (source, name, parameters, expected) in cases {
            assert_eq!(of(source, name, parameters), *expected, "{name} {parameters:?}");
        }
    }

    #[test]
    fn readers_let_every_change_through() {
        for (source, name, ..) in TABLE {
            assert!(crate::read::relevant::is_relevant(source, name), "{source} {name}");
        }
        let calls = changing_calls();
        assert!(calls[IAM].contains("DetachRolePolicy") && !calls.contains_key(CLOUDTRAIL));
    }
}
