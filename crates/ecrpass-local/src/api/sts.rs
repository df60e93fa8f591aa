//! STS: `GetCallerIdentity`, `AssumeRole`, `AssumeRoleWithWebIdentity` and `DecodeAuthorizationMessage`, query protocol.

use base64::Engine as _;
use ecrpass_iam::denial::Reason;

use super::ecr::denial;
use super::error::{ApiError, Protocol, xml_text};
use super::sts_reply::{credentials, duration, result, session_name, session_policy};
use super::sts_web_identity;
use crate::active_faults::Active;
use crate::http::{Request, Response, form_value};
use crate::logged_response::{Handled, LoggedResponse};
use crate::permission::check_identity;
use crate::principals::{Caller, Principal};
use crate::sigv4::{self, Expected};
use crate::state::State;

/// Answers one call; `form` is the body, or the query string of a GET.
pub(crate) fn handle(
    state: &State,
    request: &Request,
    body: &[u8],
    operation: &str,
    region: Option<&str>,
    active: &Active,
) -> Handled {
    let text = String::from_utf8_lossy(body);
    let form = if body.is_empty() { request.parts.uri.query().unwrap_or_default() } else { &text };
    if operation == "AssumeRoleWithWebIdentity" {
        return Ok(match sts_web_identity::assume(state, form, active) {
            Ok((response, principal)) => LoggedResponse::from(response).by(&principal),
            Err(error) => error.answer(Protocol::Query),
        });
    }
    let expected = Expected { service: "sts", region, window: 5 };
    let verified = match sigv4::verify(state, request, body, &expected) {
        Ok(verified) => verified,
        Err(refusal) => {
            return Ok(ApiError::refused(Protocol::Query, refusal).answer(Protocol::Query));
        }
    };
    let principal = &verified.caller.principal;
    let answer = match respond(state, &verified.caller, operation, form, active) {
        Ok(response) => LoggedResponse::from(response),
        Err(error) => error.answer(Protocol::Query),
    };
    Ok(answer.by(principal))
}

fn respond(
    state: &State,
    caller: &Caller,
    operation: &str,
    form: &str,
    active: &Active,
) -> Result<Response, ApiError> {
    let principal = &caller.principal;
    let role_arn = form_value(form, "RoleArn").unwrap_or_default();
    let resource = if role_arn.is_empty() { "*" } else { &role_arn };
    let action = format!("sts:{operation}");
    let denial = denial(principal, &action, resource, Reason::Unsaid);
    if let Some(error) = ApiError::from_fault(Protocol::Query, active, &denial) {
        return Err(error);
    }
    match operation {
        "GetCallerIdentity" => Ok(result(
            operation,
            &format!(
                "    <Arn>{}</Arn>\n    <UserId>{}</UserId>\n    <Account>{}</Account>\n",
                xml_text(&principal.arn),
                xml_text(&principal.unique_id),
                principal.account
            ),
        )),
        "AssumeRole" => {
            let session_name = session_name(form)?;
            let seconds = duration(form, caller.is_session)?;
            // STS tells none of these apart: no such role, no trust, a wrong external id.
            let external_id = form_value(form, "ExternalId");
            let role = state
                .principals
                .role_by_arn(&role_arn)
                .filter(|role| role.trusts(&principal.arn, external_id.as_deref()))
                .ok_or_else(|| ApiError::denied(Protocol::Query, &denial))?;
            let expires_at = state.clock.now() + seconds;
            let within = session_policy(form)?;
            let (key, session) = state.principals.start_session_within(
                &state.partition_id(),
                &role,
                &session_name,
                expires_at,
                within.as_deref(),
            );
            Ok(result(operation, &credentials(&key, &session)))
        }
        // AWS's are encrypted; those of this world are the JSON in base64.
        "DecodeAuthorizationMessage" => {
            allow_query(principal, &action)?;
            let decoded = form_value(form, "EncodedMessage").and_then(|message| decoded(&message));
            let decoded = decoded.ok_or_else(|| {
                ApiError::bad_request("InvalidAuthorizationMessageException", "Message is not valid")
            })?;
            Ok(result(operation, &format!("    <DecodedMessage>{}</DecodedMessage>\n", xml_text(&decoded))))
        }
        _ => Err(ApiError::bad_request(
            "InvalidAction",
            format!("Could not find operation {operation} for version 2011-06-15"),
        )),
    }
}

/// Whether the caller's policies allow an action that takes no resource.
fn allow_query(principal: &Principal, action: &str) -> Result<(), ApiError> {
    check_identity(principal, action, "*").map_err(|reason| {
        ApiError::denied(Protocol::Query, &super::ecr::denial(principal, action, "*", reason))
    })
}

fn decoded(message: &str) -> Option<String> {
    let bytes =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(message.trim_end_matches('=')).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    serde_json::from_str::<serde_json::Value>(&text).ok()?;
    Some(text)
}
