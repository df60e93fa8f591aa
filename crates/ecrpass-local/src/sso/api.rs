//! The APIs of IAM Identity Center: role credentials for an access token, and a new access token for a refresh token.

use hyper::StatusCode;
use hyper::header::HeaderName;
use serde_json::{Value, json};

use super::sign_ins::lock;
use crate::active_faults::Active;
use crate::faults::FaultKind;
use crate::http::{self, Request};
use crate::logged_response::{Handled, LoggedResponse};
use crate::random;
use crate::state::State;

/// `GetRoleCredentials` of the portal.
pub(crate) fn portal(state: &State, request: &Request, active: &Active) -> Handled {
    if let Some(answer) = fault_answer(active) {
        return Ok(answer);
    }
    let token = request.header("x-amz-sso_bearer_token");
    let now = state.clock.now();
    let expired = active.has(FaultKind::ExpiredSession);
    if expired || lock(&state.sso.access).get(token).is_none_or(|&end| end <= now) {
        return Ok(error(
            StatusCode::UNAUTHORIZED,
            "UnauthorizedException",
            "Session token not found or invalid",
        ));
    }
    let account = request.query("account_id").unwrap_or_default();
    let name = request.query("role_name").unwrap_or_default();
    let Some(role) = state.principals.role(&account, &name) else {
        return Ok(error(StatusCode::FORBIDDEN, "ForbiddenException", "No access"));
    };
    let expires_at = now + state.settings.session_lifetime;
    let (key, principal) =
        state.principals.start_session(&state.partition_id(), &role, "sso-user", expires_at);
    let body = json!({"roleCredentials": {
        "accessKeyId": key.id,
        "secretAccessKey": key.secret.expose(),
        "sessionToken": key.session_token.as_ref().map(|token| token.expose()),
        "expiration": expires_at * 1_000,
    }});
    Ok(LoggedResponse::from(http::json(StatusCode::OK, &body)).by(&principal))
}

/// `CreateToken` of the OIDC service, for refresh tokens.
pub(crate) fn create_token(state: &State, body: &[u8], active: &Active) -> Handled {
    if let Some(answer) = fault_answer(active) {
        return Ok(answer);
    }
    let input: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| input.get(name).and_then(Value::as_str).unwrap_or_default();
    if text("grantType") != "refresh_token" {
        return Ok(oidc_error("UnsupportedGrantTypeException", "unsupported_grant_type"));
    }
    if active.has(FaultKind::ExpiredSession) {
        return Ok(oidc_error("InvalidGrantException", "invalid_grant"));
    }
    let mut refresh = lock(&state.sso.refresh);
    match refresh.get(text("refreshToken")) {
        None => return Ok(oidc_error("InvalidGrantException", "invalid_grant")),
        Some(client) if client.id != text("clientId") || client.secret.expose() != text("clientSecret") => {
            return Ok(oidc_error("InvalidClientException", "invalid_client"));
        }
        Some(_) => {}
    }
    // A refresh token is good for one use.
    let Some(client) = refresh.remove(text("refreshToken")) else {
        return Ok(oidc_error("InvalidGrantException", "invalid_grant"));
    };
    let (access_token, refresh_token) = (random::base64(300), random::base64(300));
    refresh.insert(refresh_token.clone(), client);
    drop(refresh);
    let lifetime = state.settings.session_lifetime;
    lock(&state.sso.access).insert(access_token.clone(), state.clock.now() + lifetime);
    let output = json!({
        "accessToken": access_token,
        "expiresIn": lifetime,
        "refreshToken": refresh_token,
        "tokenType": "Bearer",
    });
    Ok(http::json(StatusCode::OK, &output).into())
}

fn fault_answer(active: &Active) -> Option<LoggedResponse> {
    [
        (FaultKind::Deny, StatusCode::FORBIDDEN, "ForbiddenException", "No access"),
        (
            FaultKind::InvalidCredentials,
            StatusCode::UNAUTHORIZED,
            "UnauthorizedException",
            "Session token not found or invalid",
        ),
        (
            FaultKind::Throttle,
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequestsException",
            "HTTP 429 Unknown Code",
        ),
        (
            FaultKind::ServerError,
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerException",
            "Internal server error",
        ),
    ]
    .into_iter()
    .find_map(|(kind, status, code, message)| active.has(kind).then(|| error(status, code, message)))
}

fn oidc_error(code: &str, short: &str) -> LoggedResponse {
    let body = json!({"error": short, "error_description": "Invalid grant provided"});
    with_type(StatusCode::BAD_REQUEST, code, &body)
}

fn error(status: StatusCode, code: &str, message: &str) -> LoggedResponse {
    with_type(status, code, &json!({ "message": message }))
}

/// REST services name the error in a header.
fn with_type(status: StatusCode, code: &str, body: &Value) -> LoggedResponse {
    let mut response = http::json(status, body);
    http::set(&mut response, HeaderName::from_static("x-amzn-errortype"), code);
    LoggedResponse::from(response).with_error(code)
}
