//! IAM, query protocol: the simulator, and what is attached to the principals of this world.

use ecrpass_iam::denial::Reason;
use ecrpass_iam::policy_kind::PolicyKind;

use super::ecr::denial;
use super::error::{ApiError, IAM, Protocol};
use super::sts_reply::result_in;
use super::{iam_reads, iam_simulate};
use crate::active_faults::Active;
use crate::http::{Request, Response};
use crate::logged_response::{Handled, LoggedResponse};
use crate::operations;
use crate::permission::{account_of, check_identity};
use crate::principals::Principal;
use crate::sigv4::{self, Expected};
use crate::state::State;

/// Whether this is IAM's operation, wherever it is sent.
pub(crate) fn is_operation(operation: &str) -> bool {
    operations::IAM_SIMULATIONS.contains(&operation) || operations::IAM_READS.contains(&operation)
}

/// Answers one call.
pub(crate) fn handle(
    world: &State,
    request: &Request,
    body: &[u8],
    operation: &str,
    active: &Active,
) -> Handled {
    let text = String::from_utf8_lossy(body);
    let form = if body.is_empty() { request.parts.uri.query().unwrap_or_default() } else { &text };
    // IAM is global: it takes the region that signers have.
    let expected = Expected { service: "iam", region: None, window: 15 };
    let verified = match sigv4::verify(world, request, body, &expected) {
        Ok(verified) => verified,
        Err(refusal) => return Ok(ApiError::refused(Protocol::Query, refusal).iam_answer()),
    };
    let principal = &verified.caller.principal;
    let answer = match respond(world, principal, operation, form, active) {
        Ok(response) => LoggedResponse::from(response),
        Err(error) => error.iam_answer(),
    };
    Ok(answer.by(principal))
}

fn respond(
    world: &State,
    principal: &Principal,
    operation: &str,
    form: &str,
    active: &Active,
) -> Result<Response, ApiError> {
    if operations::IAM_READS.contains(&operation) {
        return iam_reads::respond(world, principal, operation, form, active);
    }
    let source = iam_simulate::subject(operation, form);
    let action = format!("iam:{operation}");
    let denied = |reason| denial(principal, &action, &source, reason);
    if let Some(error) =
        ApiError::from_fault(Protocol::Query, active, &denied(Reason::NotAllowed(PolicyKind::Identity)))
    {
        return Err(error);
    }
    if !operations::IAM_SIMULATIONS.contains(&operation) {
        return Err(ApiError::bad_request(
            "InvalidAction",
            format!("Could not find operation {operation} for version 2010-05-08"),
        ));
    }
    let reason = match check_identity(principal, &action, &source) {
        // Nobody looks into another account.
        Ok(()) if account_of(&source).is_some_and(|account| account != principal.account) => {
            Some(Reason::NotAllowed(PolicyKind::Resource))
        }
        checked => checked.err(),
    };
    if let Some(reason) = reason {
        return Err(ApiError::denied(Protocol::Query, &denied(reason)));
    }
    let inside = iam_simulate::simulate(world, &principal.account, operation, form)?;
    Ok(result_in(IAM, operation, &inside))
}
