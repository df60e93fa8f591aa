//! `AssumeRoleWithWebIdentity`: unsigned, authorized by a JSON Web Token.

use std::sync::Arc;

use ecrpass_core::wildcard;
use ecrpass_iam::denial::{Denied, Reason};
use hyper::StatusCode;

use super::error::{ApiError, Protocol};
use super::sts_reply::{credentials, duration, result, session_name, session_policy, validation};
use crate::active_faults::Active;
use crate::faults::FaultKind;
use crate::http::{Response, form_value};
use crate::jwt::{self, JwtError};
use crate::principals::Principal;
use crate::state::State;

pub(super) fn assume(
    state: &State,
    form: &str,
    active: &Active,
) -> Result<(Response, Arc<Principal>), ApiError> {
    // Nobody is signed in, so there is no principal to name in a denial.
    if active.has(FaultKind::Deny) {
        return Err(not_authorized());
    }
    if active.has(FaultKind::ExpiredSession) {
        return Err(expired("Token expired: the fault expired-session is on"));
    }
    if active.has(FaultKind::InvalidCredentials) {
        return Err(invalid(
            "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
        ));
    }
    if active.has(FaultKind::IdentityProvider) {
        return Err(ApiError::bad_request(
            "IDPCommunicationError",
            "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
        ));
    }
    let nobody =
        Denied { principal: "", action: "", resource: None, reason: Reason::Unsaid, policy_arn: None };
    if let Some(error) = ApiError::from_fault(Protocol::Query, active, &nobody) {
        return Err(error);
    }
    let session_name = session_name(form)?;
    let seconds = duration(form, false)?;
    let token = form_value(form, "WebIdentityToken").filter(|token| !token.is_empty()).ok_or_else(|| {
        validation("1 validation error detected: Value null at 'webIdentityToken' failed to satisfy constraint: Member must not be null".to_owned())
    })?;
    let claims = jwt::verify(&state.jwt_key, &token).map_err(|error| match error {
        JwtError::Malformed => {
            invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
        }
        JwtError::Signature => invalid(
            "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
        ),
        JwtError::Missing(claim) => invalid(&format!("Missing a required claim: {claim}")),
    })?;
    let now = state.clock.now();
    if claims.expires_at <= now {
        return Err(expired(&format!(
            "Token expired: current date/time {now} must be before the expiration date/time {}",
            claims.expires_at
        )));
    }
    let issuer = claims.issuer.trim_start_matches("https://");
    let role = form_value(form, "RoleArn").and_then(|arn| state.principals.role_by_arn(&arn));
    // Without a role there is no trust that could know the issuer; STS then says it is not authorized.
    let role = role.ok_or_else(not_authorized)?;
    let trust = role.web_identity_trust().ok_or_else(not_authorized)?;
    if trust.issuer.trim_start_matches("https://") != issuer {
        return Err(invalid(&format!(
            "No OpenIDConnect provider found in your account for https://{issuer}"
        )));
    }
    if !claims.audience.contains(&trust.audience) {
        return Err(invalid("Incorrect token audience"));
    }
    if !wildcard::matches(&trust.subject, &claims.subject) {
        return Err(not_authorized());
    }
    let within = session_policy(form)?;
    let (key, session) = state.principals.start_session_within(
        &state.partition_id(),
        &role,
        &session_name,
        now + seconds,
        within.as_deref(),
    );
    let mut inside = credentials(&key, &session);
    inside.push_str(&format!(
        "    <SubjectFromWebIdentityToken>{}</SubjectFromWebIdentityToken>\n    <Audience>{}</Audience>\n",
        super::error::xml_text(&claims.subject),
        super::error::xml_text(&trust.audience)
    ));
    Ok((result("AssumeRoleWithWebIdentity", &inside), session))
}

fn not_authorized() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    )
}

fn invalid(message: &str) -> ApiError {
    ApiError::bad_request("InvalidIdentityToken", message)
}

fn expired(message: &str) -> ApiError {
    ApiError::bad_request("ExpiredTokenException", message)
}
