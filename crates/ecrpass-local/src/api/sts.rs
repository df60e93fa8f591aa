//! STS: `GetCallerIdentity`, `AssumeRole` and `AssumeRoleWithWebIdentity`, query protocol.

use ecrpass_iam::denial::Reason;
use hyper::StatusCode;
use hyper::header::HeaderName;

use super::ecr::denial;
use super::error::{ApiError, Protocol, STS, xml_text};
use super::sts_web_identity;
use crate::answer::{Answer, Handled};
use crate::faults::Active;
use crate::http::{self, Request, Response, form_value};
use crate::principals::{AccessKey, Caller, Principal};
use crate::random;
use crate::sigv4::{self, Expected};
use crate::world::World;

/// Answers one call; `form` is the body, or the query string of a GET.
pub(crate) fn handle(
    world: &World,
    request: &Request,
    body: &[u8],
    operation: &str,
    region: Option<&str>,
    active: &Active,
) -> Handled {
    let text = String::from_utf8_lossy(body);
    let form = if body.is_empty() { request.parts.uri.query().unwrap_or_default() } else { &text };
    if operation == "AssumeRoleWithWebIdentity" {
        return Ok(match sts_web_identity::assume(world, form, active) {
            Ok((response, principal)) => Answer::from(response).by(&principal),
            Err(error) => error.answer(Protocol::Query),
        });
    }
    let expected = Expected { service: "sts", region, window: 5 };
    let verified = match sigv4::verify(world, request, body, &expected) {
        Ok(verified) => verified,
        Err(refusal) => {
            return Ok(ApiError::refused(Protocol::Query, refusal).answer(Protocol::Query));
        }
    };
    let principal = &verified.caller.principal;
    let answer = match respond(world, &verified.caller, operation, form, active) {
        Ok(response) => Answer::from(response),
        Err(error) => error.answer(Protocol::Query),
    };
    Ok(answer.by(principal))
}

fn respond(
    world: &World,
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
            let role = world
                .principals
                .role_by_arn(&role_arn)
                .filter(|role| role.trusts(&principal.arn, external_id.as_deref()))
                .ok_or_else(|| ApiError::denied(Protocol::Query, &denial))?;
            let expires_at = world.clock.now() + seconds;
            let (key, session) =
                world.principals.start_session(&world.partition_id(), &role, &session_name, expires_at);
            Ok(result(operation, &credentials(&key, &session)))
        }
        _ => Err(ApiError::bad_request(
            "InvalidAction",
            format!("Could not find operation {operation} for version 2011-06-15"),
        )),
    }
}

/// The session name, as STS takes it.
pub(super) fn session_name(form: &str) -> Result<String, ApiError> {
    let name = form_value(form, "RoleSessionName").unwrap_or_default();
    let fine = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if (2..=64).contains(&name.len()) && name.chars().all(fine) {
        return Ok(name);
    }
    Err(validation(format!(
        "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]{{2,64}}"
    )))
}

/// The length of the session, in seconds.
pub(super) fn duration(form: &str, chained: bool) -> Result<i64, ApiError> {
    let Some(text) = form_value(form, "DurationSeconds") else { return Ok(3_600) };
    let seconds = text.parse().unwrap_or(0);
    if !(900..=43_200).contains(&seconds) {
        return Err(validation(format!(
            "1 validation error detected: Value '{text}' at 'durationSeconds' failed to satisfy constraint: Member must have value between 900 and 43200"
        )));
    }
    if chained && seconds > 3_600 {
        return Err(validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
                .to_owned(),
        ));
    }
    Ok(seconds)
}

pub(super) fn validation(message: String) -> ApiError {
    ApiError::bad_request("ValidationError", message)
}

/// The credentials of a new session.
pub(super) fn credentials(key: &AccessKey, session: &Principal) -> String {
    let token = key.session_token.as_ref().map_or("", |token| token.expose());
    format!(
        "    <AssumedRoleUser>\n      <AssumedRoleId>{}</AssumedRoleId>\n      <Arn>{}</Arn>\n    </AssumedRoleUser>\n    <Credentials>\n      <AccessKeyId>{}</AccessKeyId>\n      <SecretAccessKey>{}</SecretAccessKey>\n      <SessionToken>{token}</SessionToken>\n      <Expiration>{}</Expiration>\n    </Credentials>\n",
        xml_text(&session.unique_id),
        xml_text(&session.arn),
        key.id,
        key.secret.expose(),
        ecrpass_core::time::rfc3339(key.expires_at.unwrap_or_default()),
    )
}

pub(super) fn result(operation: &str, inside: &str) -> Response {
    result_in(STS, operation, inside)
}

/// A result of a service with its own XML namespace.
pub(super) fn result_in(namespace: &str, operation: &str, inside: &str) -> Response {
    let request_id = random::uuid();
    let body = format!(
        "<{operation}Response xmlns=\"{namespace}\">\n  <{operation}Result>\n{inside}  </{operation}Result>\n  <ResponseMetadata>\n    <RequestId>{request_id}</RequestId>\n  </ResponseMetadata>\n</{operation}Response>\n"
    );
    let mut response = http::response(StatusCode::OK, "text/xml", body);
    http::set(&mut response, HeaderName::from_static("x-amzn-requestid"), &request_id);
    response
}
