//! Which calls can matter: all of ECR's, and those that change, or fail to, what a call of ECR depends on.
//!
//! The names here let a record through to be parsed; whether it is the cause of anything is decided later.

use super::record::Record;

/// Whether a call can matter.
pub fn is_relevant(source: &str, name: &str) -> bool {
    crate::event::is_ecr(source) || calls_of(source).contains(&name)
}

/// Whether a call with this name can matter, whatever service it is of.
pub fn is_relevant_name(name: &str) -> bool {
    // The most frequent calls of any trail begin with these, and none that matters.
    if ["Get", "List", "Describe", "Decrypt"].iter().any(|reading| name.starts_with(reading)) {
        return false;
    }
    SERVICES.iter().any(|(_, calls)| calls.contains(&name))
}

/// Whether a record can matter.
pub fn matters(record: &Record<'_>) -> bool {
    let (source, name) = record.call();
    match name {
        // The most frequent calls of any trail but these.
        "AssumeRole" => source == "sts.amazonaws.com" && record.is_refused(),
        "SubmitTaskStateChange" => {
            let tells = |text: &str| text.contains("CannotPull");
            source == "ecs.amazonaws.com" && record.parameters().0.iter().any(|(_, value)| tells(value))
        }
        name => is_relevant(source, name),
    }
}

fn calls_of(source: &str) -> &'static [&'static str] {
    SERVICES.iter().find(|(service, _)| *service == source).map_or(&[], |(_, calls)| calls)
}

/// The services, by their host, and their calls.
const SERVICES: &[(&str, &[&str])] = &[
    (
        "iam.amazonaws.com",
        &[
            "AddClientIDToOpenIDConnectProvider",
            "AddRoleToInstanceProfile",
            "AddUserToGroup",
            "AttachGroupPolicy",
            "AttachRolePolicy",
            "AttachUserPolicy",
            "CreateAccessKey",
            "CreateInstanceProfile",
            "CreateOpenIDConnectProvider",
            "CreatePolicy",
            "CreatePolicyVersion",
            "CreateRole",
            "CreateUser",
            "DeleteAccessKey",
            "DeleteGroup",
            "DeleteGroupPolicy",
            "DeleteInstanceProfile",
            "DeleteOpenIDConnectProvider",
            "DeletePolicy",
            "DeletePolicyVersion",
            "DeleteRole",
            "DeleteRolePermissionsBoundary",
            "DeleteRolePolicy",
            "DeleteSAMLProvider",
            "DeleteUser",
            "DeleteUserPermissionsBoundary",
            "DeleteUserPolicy",
            "DetachGroupPolicy",
            "DetachRolePolicy",
            "DetachUserPolicy",
            "PutGroupPolicy",
            "PutRolePermissionsBoundary",
            "PutRolePolicy",
            "PutUserPermissionsBoundary",
            "PutUserPolicy",
            "RemoveClientIDFromOpenIDConnectProvider",
            "RemoveRoleFromInstanceProfile",
            "RemoveUserFromGroup",
            "SetDefaultPolicyVersion",
            "UpdateAccessKey",
            "UpdateAssumeRolePolicy",
            "UpdateOpenIDConnectProviderThumbprint",
            "UpdateRole",
            "UpdateSAMLProvider",
            "UpdateUser",
        ],
    ),
    ("sts.amazonaws.com", &["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"]),
    (
        "sso.amazonaws.com",
        &[
            "AttachCustomerManagedPolicyReferenceToPermissionSet",
            "AttachManagedPolicyToPermissionSet",
            "CreateAccountAssignment",
            "DeleteAccountAssignment",
            "DeleteInlinePolicyFromPermissionSet",
            "DeletePermissionSet",
            "DeletePermissionsBoundaryFromPermissionSet",
            "DetachCustomerManagedPolicyReferenceFromPermissionSet",
            "DetachManagedPolicyFromPermissionSet",
            "ProvisionPermissionSet",
            "PutInlinePolicyToPermissionSet",
            "PutPermissionsBoundaryToPermissionSet",
        ],
    ),
    (
        "organizations.amazonaws.com",
        &[
            "AttachPolicy",
            "CloseAccount",
            "CreatePolicy",
            "DeletePolicy",
            "DetachPolicy",
            "DisablePolicyType",
            "EnablePolicyType",
            "LeaveOrganization",
            "MoveAccount",
            "RemoveAccountFromOrganization",
            "UpdatePolicy",
        ],
    ),
    (
        "ec2.amazonaws.com",
        &[
            "AssociateIamInstanceProfile",
            "AuthorizeSecurityGroupEgress",
            "AuthorizeSecurityGroupIngress",
            "CreateNetworkAclEntry",
            "CreateRoute",
            "CreateVpcEndpoint",
            "DeleteNatGateway",
            "DeleteNetworkAclEntry",
            "DeleteRoute",
            "DeleteSecurityGroup",
            "DeleteVpcEndpoints",
            "DisassociateIamInstanceProfile",
            "DisassociateRouteTable",
            "ModifyInstanceMetadataOptions",
            "ModifySecurityGroupRules",
            "ModifyVpcAttribute",
            "ModifyVpcEndpoint",
            "ReplaceIamInstanceProfileAssociation",
            "ReplaceNetworkAclAssociation",
            "ReplaceNetworkAclEntry",
            "ReplaceRoute",
            "ReplaceRouteTableAssociation",
            "RevokeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
        ],
    ),
    (
        "route53.amazonaws.com",
        &["AssociateVPCWithHostedZone", "ChangeResourceRecordSets", "CreateHostedZone"],
    ),
    (
        "route53resolver.amazonaws.com",
        &[
            "AssociateFirewallRuleGroup",
            "AssociateResolverRule",
            "CreateFirewallRule",
            "CreateResolverRule",
            "DeleteResolverRule",
            "DisassociateResolverRule",
            "UpdateFirewallRule",
            "UpdateResolverRule",
        ],
    ),
    (
        "eks.amazonaws.com",
        &[
            "CreateNodegroup",
            "CreatePodIdentityAssociation",
            "DeletePodIdentityAssociation",
            "UpdateNodegroupConfig",
            "UpdateNodegroupVersion",
            "UpdatePodIdentityAssociation",
        ],
    ),
    (
        "kms.amazonaws.com",
        &[
            "CancelKeyDeletion",
            "DisableKey",
            "EnableKey",
            "PutKeyPolicy",
            "RetireGrant",
            "RevokeGrant",
            "ScheduleKeyDeletion",
        ],
    ),
    (
        "secretsmanager.amazonaws.com",
        &[
            "DeleteResourcePolicy",
            "DeleteSecret",
            "PutResourcePolicy",
            "PutSecretValue",
            "RestoreSecret",
            "RotateSecret",
            "UpdateSecret",
        ],
    ),
    ("autoscaling.amazonaws.com", &["ExecutePolicy", "SetDesiredCapacity", "UpdateAutoScalingGroup"]),
    ("ecs.amazonaws.com", &["CreateService", "SubmitTaskStateChange", "UpdateService"]),
    (
        "lambda.amazonaws.com",
        &["CreateFunction20150331", "UpdateFunctionCode20150331v2", "UpdateFunctionConfiguration20150331v2"],
    ),
    // While it is off, silence means nothing.
    ("cloudtrail.amazonaws.com", &["DeleteTrail", "PutEventSelectors", "StartLogging", "StopLogging"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_other_services_by_the_same_name_do_not_matter() {
        assert!(is_relevant("iam.amazonaws.com", "DeleteRole"));
        assert!(!is_relevant("glue.amazonaws.com", "DeleteRole"));
        assert!(is_relevant("ecr.amazonaws.com", "AnythingNew"));
        assert!(is_relevant("ecr-public.amazonaws.com", "GetAuthorizationToken"));
        assert!(!is_relevant("codeartifact.amazonaws.com", "GetAuthorizationToken"));
        assert!(!is_relevant("secretsmanager.amazonaws.com", "GetSecretValue"));
    }

    #[test]
    fn whatever_matters_passes_by_its_name_alone() {
        for (service, calls) in SERVICES {
            for name in *calls {
                assert!(is_relevant(service, name));
                assert!(is_relevant_name(name), "{name}");
            }
        }
    }
}
