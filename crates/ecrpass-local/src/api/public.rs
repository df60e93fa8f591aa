//! The ECR Public API, which exists in two regions only: `GetAuthorizationToken`, and what is done with repositories.

use ecrpass_iam::denial::Reason;
use ecrpass_iam::policy_kind::PolicyKind;
use hyper::StatusCode;
use serde_json::json;

use super::ecr::{allow, denial};
use super::error::{ApiError, Protocol, aws_json};
use super::public_repositories;
use super::token_fields;
use crate::active_faults::Active;
use crate::faults::FaultKind;
use crate::http::Request;
use crate::logged_response::{Handled, LoggedResponse};
use crate::operations;
use crate::sigv4::{self, Expected, Verified};
use crate::state::State;
use crate::tokens::{Known, Scope};

/// The prefix of `X-Amz-Target`.
pub(crate) const TARGET: &str = "SpencerFrontendService.";

/// The regions whose API answers.
const REGIONS: [&str; 2] = ["us-east-1", "us-west-2"];

/// Answers one call.
pub(crate) async fn handle(
    state: &State,
    request: &Request,
    body: &[u8],
    operation: &str,
    region: Option<&str>,
    active: &Active,
) -> Handled {
    let expected = Expected { service: "ecr-public", region, window: 15 };
    let verified = match sigv4::verify(state, request, body, &expected) {
        Ok(verified) => verified,
        Err(refusal) => {
            return Ok(ApiError::refused(Protocol::Json, refusal).answer(Protocol::Json));
        }
    };
    let answer = match respond(state, &verified, body, operation, active).await {
        Ok(answer) => answer,
        Err(error) => error.answer(Protocol::Json),
    };
    Ok(answer.by(&verified.caller.principal))
}

async fn respond(
    state: &State,
    verified: &Verified,
    body: &[u8],
    operation: &str,
    active: &Active,
) -> Result<LoggedResponse, ApiError> {
    let principal = &verified.caller.principal;
    let action = format!("ecr-public:{operation}");
    let denial = denial(principal, &action, "*", Reason::NotAllowed(PolicyKind::Identity));
    if let Some(error) = ApiError::from_fault(Protocol::Json, active, &denial) {
        return Err(error);
    }
    if !REGIONS.contains(&verified.region.as_str()) {
        return Err(ApiError::bad_request(
            "UnsupportedCommandException",
            format!("{operation} command is only supported in us-east-1 and us-west-2."),
        ));
    }
    if operations::PUBLIC_REPOSITORIES.contains(&operation) {
        let output = public_repositories::respond(state, principal, operation, &action, body).await?;
        return Ok(aws_json(StatusCode::OK, output.to_string()).into());
    }
    if operation != "GetAuthorizationToken" {
        return Err(ApiError::bad_request(
            "UnknownOperationException",
            format!("The local ECR Public does not have the operation {operation}."),
        ));
    }
    allow(principal, &action, "*")?;
    // The token is a service bearer token of STS, which wants its own permission.
    allow(principal, "sts:GetServiceBearerToken", "*")?;
    let expires_at = state.token_expiry(active.has(FaultKind::ExpiredTokens));
    let known = Known {
        principal: Some(principal.clone()),
        key_id: Some(verified.caller.key_id.clone()),
        scope: Scope::PublicLogin,
        expires_at,
    };
    let output = match token_fields::issue(state, active, known) {
        Some(fields) => json!({"authorizationData": fields}),
        None => json!({}),
    };
    Ok(aws_json(StatusCode::OK, output.to_string()).into())
}
