//! What the operations of STS have in common: how they read a session's settings, and the XML they answer with.

use hyper::StatusCode;
use hyper::header::HeaderName;

use super::error::{ApiError, STS, xml_text};
use crate::http::{self, Response, form_value};
use crate::principals::{AccessKey, Principal};
use crate::random;

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

/// The policy of the session, where one is passed.
pub(super) fn session_policy(form: &str) -> Result<Option<String>, ApiError> {
    let Some(text) = form_value(form, "Policy") else { return Ok(None) };
    match ecrpass_iam::document::read("session policy", &text).document {
        Some(_) => Ok(Some(text)),
        None => Err(ApiError::bad_request(
            "MalformedPolicyDocument",
            "The policy is not in the valid JSON format.",
        )),
    }
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
