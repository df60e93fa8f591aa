//! What a principal may do to a repository: the identity policy, and across accounts the repository's own.

use ecrpass_iam::denial::{Denied, Reason};

use super::call::Access;
use super::error::V2Error;
use super::failure::V2Failure;
use super::operation::Operation;
use crate::permission;
use crate::state::State;
use crate::storage::repositories::{RegistryId, Repository, is_repository_name};

/// The repository of an operation, once everything allows it; created on push where that is on.
pub(super) fn repository(
    state: &State,
    access: &Access,
    operation: &Operation,
) -> Result<Repository, V2Failure> {
    let name = &operation.repository;
    if !is_repository_name(name) {
        return Err(V2Error::name_invalid(name).into());
    }
    let action = operation.action(&access.registry).ok_or_else(V2Error::unsupported)?;
    let store = &state.repositories;
    let found = store.repository(&access.registry, name)?;
    check(state, access, name, &action, found.as_ref(), operation.is_pull())?;
    if let Some(repository) = found {
        return Ok(repository);
    }
    if !(state.settings.create_on_push && operation.may_create()) {
        return Err(V2Error::name_unknown(access.registry.missing(name)).into());
    }
    let create = action.replace(action.rsplit(':').next().unwrap_or_default(), "CreateRepository");
    let repository = Repository::new(name, state.clock.now(), false);
    check(state, access, name, &create, Some(&repository), false)?;
    store.create(&access.registry, &repository)?;
    Ok(repository)
}

/// Checks one action on one repository; on one that is not there, or not known, against the identity policy only.
pub(super) fn check(
    state: &State,
    access: &Access,
    name: &str,
    action: &str,
    repository: Option<&Repository>,
    is_pull: bool,
) -> Result<(), V2Error> {
    if access.registry == RegistryId::Public && is_pull {
        return Ok(());
    }
    let Some(principal) = &access.principal else {
        return Err(V2Error::denied("Not Authorized"));
    };
    let resource = state.repository_arn(&access.registry, name);
    let checked = match repository.filter(|_| access.registry != RegistryId::Public) {
        Some(repository) => {
            // What cannot be read lets nobody in.
            let settings = state.repositories.registry_settings(&access.registry);
            let policy = settings.map_err(|_| V2Error::denied("Not Authorized"))?.policy;
            permission::check(principal, action, &resource, repository, policy.as_deref())
        }
        None => permission::check_identity(principal, action, &resource),
    };
    checked.map_err(|reason| refusal(state, access, name, action, reason))
}

/// The denial that a fault asks for.
pub(super) fn denial(
    state: &State,
    access: &Access,
    operation: &Operation,
    action: &str,
    reason: Reason,
) -> V2Error {
    refusal(state, access, &operation.repository, action, reason)
}

fn refusal(state: &State, access: &Access, name: &str, action: &str, reason: Reason) -> V2Error {
    let Some(principal) = &access.principal else { return V2Error::denied("Not Authorized") };
    let resource = state.repository_arn(&access.registry, name);
    let denied =
        Denied { principal: &principal.arn, action, resource: Some(&resource), reason, policy_arn: None };
    V2Error::denied(denied.to_string())
}
