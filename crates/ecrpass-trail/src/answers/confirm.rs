//! The command that shows whether a change did what it is thought to have done. Each only looks.

use ecrpass_core::CommandLine;

use crate::change::{Change, Part, Touches};

/// The command for a change; none where nothing can be asked.
pub fn confirm(change: &Change) -> Option<CommandLine> {
    use Touches as T;
    let get = |part| change.get(part);
    let aws = |text: &'static str| CommandLine::shell(text);
    let role = || Some(Part::Role).and_then(get).map(name_of);
    Some(match change.touches {
        T::RolePolicyPut => {
            let line = aws("aws iam get-role-policy --role-name").word(role()?);
            line.shell_word("--policy-name").word(get(Part::Inline)?)
        }
        T::RolePolicyTaken | T::RolePolicyGiven => {
            let (role, inline) = (role()?, get(Part::Policy).is_none());
            match inline {
                true => aws("aws iam list-role-policies --role-name").word(role),
                false => aws("aws iam list-attached-role-policies --role-name").word(role),
            }
        }
        T::RoleBoundaryPut | T::RoleBoundaryTaken | T::RoleTrust | T::RoleDeleted => {
            aws("aws iam get-role --role-name").word(role()?)
        }
        T::PolicyVersion => {
            let policy = get(Part::Policy)?;
            aws("aws iam list-policy-versions --policy-arn").word(policy)
        }
        T::PolicyDeleted => aws("aws iam get-policy --policy-arn").word(get(Part::Policy)?),
        T::UserPolicyPut => {
            let line = aws("aws iam get-user-policy --user-name").word(get(Part::User)?);
            line.shell_word("--policy-name").word(get(Part::Inline)?)
        }
        T::UserPolicyTaken | T::UserPolicyGiven => {
            aws("aws iam list-attached-user-policies --user-name").word(get(Part::User)?)
        }
        T::UserBoundaryPut | T::UserBoundaryTaken | T::UserDeleted => {
            aws("aws iam get-user --user-name").word(get(Part::User)?)
        }
        T::GroupLeft | T::GroupJoined => {
            aws("aws iam list-groups-for-user --user-name").word(get(Part::User)?)
        }
        T::GroupPolicyTaken | T::GroupPolicyPut | T::GroupPolicyGiven => {
            aws("aws iam list-attached-group-policies --group-name").word(get(Part::Group)?)
        }
        T::KeyOff | T::KeyOn => aws("aws iam list-access-keys --user-name").word(get(Part::User)?),
        T::ProfileRoleTaken | T::ProfileRoleGiven => {
            aws("aws iam get-instance-profile --instance-profile-name").word(get(Part::Profile)?)
        }
        T::InstanceProfile => regional("aws ec2 describe-iam-instance-profile-associations", change),
        T::InstanceMetadata => regional("aws ec2 describe-instances", change)
            .shell_word("--instance-ids")
            .word(get(Part::Instance)?),
        T::Provider => {
            let arn = get(Part::Provider)?;
            match arn.contains(":saml-provider/") {
                true => aws("aws iam get-saml-provider --saml-provider-arn").word(arn),
                false => aws("aws iam get-open-id-connect-provider --open-id-connect-provider-arn").word(arn),
            }
        }
        T::PodIdentity | T::PodIdentityGiven => return None,
        T::PermissionSet => aws("aws sso-admin list-instances"),
        T::RepositoryPolicyPut | T::RepositoryPolicyTaken => {
            of_repository("aws ecr get-repository-policy", change)?
        }
        T::RepositoryDeleted | T::RepositoryCreated | T::TagMutability => {
            let line = in_registry("aws ecr describe-repositories", change);
            line.shell_word("--repository-names").word(get(Part::Repository)?)
        }
        T::RegistryPolicy => regional("aws ecr get-registry-policy", change),
        T::UpstreamRule | T::UpstreamRuleCreated => {
            let line = regional("aws ecr validate-pull-through-cache-rule", change);
            line.shell_word("--ecr-repository-prefix").word(get(Part::Prefix)?)
        }
        T::Lifecycle => of_repository("aws ecr get-lifecycle-policy", change)?,
        T::ImagesDeleted => of_repository("aws ecr list-images", change)?,
        T::EndpointPolicy | T::EndpointNetwork | T::EndpointDeleted | T::EndpointCreated => {
            let line = regional("aws ec2 describe-vpc-endpoints", change);
            line.shell_word("--vpc-endpoint-ids").word(get(Part::Endpoint)?)
        }
        T::Network => {
            let line = regional("aws ec2 describe-security-groups", change);
            line.shell_word("--group-ids").word(get(Part::Guard)?)
        }
        T::Load | T::Logging => return None,
        T::OrgPolicyAttached | T::OrgPolicyDetached => {
            aws("aws organizations list-targets-for-policy --policy-id").word(get(Part::Policy)?)
        }
        T::OrgPolicyUpdated => aws("aws organizations describe-policy --policy-id").word(get(Part::Policy)?),
        T::OrgPolicyType => aws("aws organizations list-roots"),
        T::OrgAccountMoved => aws("aws organizations list-parents --child-id").word(get(Part::Account)?),
        T::KmsKeyOff | T::KmsKeyOn => {
            regional("aws kms describe-key", change).shell_word("--key-id").word(get(Part::KmsKey)?)
        }
        T::KmsKeyPolicy => {
            let line =
                regional("aws kms get-key-policy", change).shell_word("--key-id").word(get(Part::KmsKey)?);
            line.shell_word("--policy-name default")
        }
        T::KmsGrant => {
            regional("aws kms list-grants", change).shell_word("--key-id").word(get(Part::KmsKey)?)
        }
        T::Secret | T::SecretDeleted => {
            let line = regional("aws secretsmanager describe-secret", change);
            line.shell_word("--secret-id").word(get(Part::Secret)?)
        }
    })
}

fn regional(command: &'static str, change: &Change) -> CommandLine {
    let line = CommandLine::shell(command);
    match change.region.is_empty() {
        true => line,
        false => line.shell_word("--region").word(change.region.as_str()),
    }
}

fn in_registry(command: &'static str, change: &Change) -> CommandLine {
    let line = regional(command, change);
    let registry = change.get(Part::Registry).unwrap_or(&change.account);
    match registry.is_empty() {
        true => line,
        false => line.shell_word("--registry-id").word(registry),
    }
}

fn of_repository(command: &'static str, change: &Change) -> Option<CommandLine> {
    let line = in_registry(command, change);
    Some(line.shell_word("--repository-name").word(change.get(Part::Repository)?))
}

/// The name of a role, which may be an ARN.
fn name_of(role: &str) -> &str {
    match crate::who::Who::of(role) {
        crate::who::Who::Role { name, .. } => name,
        _ => role,
    }
}
