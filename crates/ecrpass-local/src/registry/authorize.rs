//! What a principal may do to a repository: the identity policy, and across accounts the repository's own.

use super::error::V2Error;
use super::operation::Operation;
use super::{Access, V2Failure};
use crate::policy::{Decision, Denial, Reason};
use crate::storage::repositories::{RegistryId, Repository, is_repository_name};
use crate::world::World;

/// The repository of an operation, once everything allows it; created on push where that is on.
pub(super) fn repository(
    world: &World,
    access: &Access,
    operation: &Operation,
) -> Result<Repository, V2Failure> {
    let name = &operation.repository;
    if !is_repository_name(name) {
        return Err(V2Error::name_invalid(name).into());
    }
    let action = operation.action(&access.registry).ok_or_else(V2Error::unsupported)?;
    check_identity(world, access, name, &action, operation.is_pull())?;
    let store = &world.repositories;
    if let Some(repository) = store.repository(&access.registry, name)? {
        check_resource(world, access, &repository, &action)?;
        return Ok(repository);
    }
    if !(world.settings.create_on_push && operation.may_create()) {
        return Err(V2Error::name_unknown(access.registry.missing(name)).into());
    }
    let create = action.replace(action.rsplit(':').next().unwrap_or_default(), "CreateRepository");
    check_identity(world, access, name, &create, false)?;
    let repository = Repository {
        name: name.clone(),
        created_at: world.clock.now(),
        immutable: false,
        shared_with: Vec::new(),
    };
    check_resource(world, access, &repository, &create)?;
    store.create(&access.registry, &repository)?;
    Ok(repository)
}

/// Checks one action on one repository against the identity policy only.
pub(super) fn check_identity(
    world: &World,
    access: &Access,
    name: &str,
    action: &str,
    is_pull: bool,
) -> Result<(), V2Error> {
    if access.registry == RegistryId::Public && is_pull {
        return Ok(());
    }
    let Some(principal) = &access.principal else {
        return Err(V2Error::denied("Not Authorized"));
    };
    let reason = match principal.policy.evaluate(action, Some(name)) {
        Decision::Allowed => return Ok(()),
        Decision::ImplicitDeny => Reason::NoIdentityPolicy,
        Decision::ExplicitDeny => Reason::IdentityPolicyDenies,
    };
    Err(refusal(world, access, name, action, reason))
}

/// Another account's principal also needs the repository's policy.
pub(super) fn check_resource(
    world: &World,
    access: &Access,
    repository: &Repository,
    action: &str,
) -> Result<(), V2Error> {
    let RegistryId::Private { account, .. } = &access.registry else { return Ok(()) };
    match &access.principal {
        Some(principal)
            if principal.account != *account && !repository.shared_with.contains(&principal.account) =>
        {
            Err(refusal(world, access, &repository.name, action, Reason::NoResourcePolicy))
        }
        _ => Ok(()),
    }
}

/// The denial that the fault `deny` asks for.
pub(super) fn denial(world: &World, access: &Access, operation: &Operation, action: &str) -> V2Error {
    refusal(world, access, &operation.repository, action, Reason::NoIdentityPolicy)
}

fn refusal(world: &World, access: &Access, name: &str, action: &str, reason: Reason) -> V2Error {
    let Some(principal) = &access.principal else { return V2Error::denied("Not Authorized") };
    let resource = world.repository_arn(&access.registry, name);
    let denial = Denial { principal: principal.arn.clone(), action: action.to_owned(), resource, reason };
    V2Error::denied(denial.to_string())
}
