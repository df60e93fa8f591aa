//! Whether a principal may do something to a repository: by its own policy, and by the repository's.

use crate::policy::{Decision, Reason};
use crate::principals::Principal;
use crate::resource_policy::ResourcePolicy;
use crate::storage::repositories::{RegistryId, Repository};

/// Checks one action on one repository, as IAM does: in one account either policy may allow, across accounts both
/// must, and a denial in any of them stands. Without a repository only the identity policy speaks.
pub(crate) fn check(
    principal: &Principal,
    action: &str,
    registry: &RegistryId,
    name: &str,
    repository: Option<&Repository>,
) -> Result<(), Reason> {
    let identity = match principal.policy.evaluate(action, Some(name)) {
        Decision::ExplicitDeny => return Err(Reason::IdentityPolicyDenies),
        Decision::Allowed => Ok(()),
        Decision::ImplicitDeny => Err(Reason::NoIdentityPolicy),
    };
    let (RegistryId::Private { account, .. }, Some(repository)) = (registry, repository) else {
        return identity;
    };
    let policy = repository.policy.as_deref().and_then(|text| ResourcePolicy::parse(text).ok());
    let resource = policy.map_or(Decision::ImplicitDeny, |policy| policy.evaluate(principal, action));
    match resource {
        Decision::ExplicitDeny => Err(Reason::ResourcePolicyDenies),
        Decision::Allowed if principal.account == *account => Ok(()),
        Decision::ImplicitDeny if principal.account != *account => {
            identity.and(Err(Reason::NoResourcePolicy))
        }
        _ => identity,
    }
}
