//! Container credentials: the ECS agent's relative URI, and EKS Pod Identity's address with its token.

use ecrpass_core::time::rfc3339;
use hyper::StatusCode;
use hyper::header::AUTHORIZATION;
use serde_json::json;

use super::session::session;
use crate::active_faults::Active;
use crate::faults::FaultKind;
use crate::http::{self, Request};
use crate::logged_response::{Handled, LoggedResponse};
use crate::state::State;

/// Where EKS Pod Identity's agent answers.
pub(crate) const POD_IDENTITY_PATH: &str = "/v1/credentials";

/// Whether a path is that of ECS credentials: `/v2/credentials/<id>`, nothing behind it.
pub(crate) fn ecs_id(path: &str) -> Option<&str> {
    path.strip_prefix("/v2/credentials/").filter(|id| !id.is_empty() && !id.contains('/'))
}

/// Answers one request.
pub(crate) fn handle(state: &State, request: &Request, active: &Active) -> Handled {
    if let Some((status, code, message)) = fault_error(active) {
        return Ok(error(status, code, message));
    }
    let answer = match ecs_id(request.path()) {
        Some(id) if id != state.metadata.container_id => {
            error(StatusCode::BAD_REQUEST, "InvalidIdInRequest", "CredentialsRequest: Credentials not found")
        }
        Some(_) => credentials(state, active),
        None => {
            let token = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
            match token {
                None | Some("") => {
                    error(StatusCode::UNAUTHORIZED, "MissingToken", "Service account token cannot be empty")
                }
                Some(token) if token == state.metadata.pod_token.expose() => credentials(state, active),
                Some(_) => error(
                    StatusCode::FORBIDDEN,
                    "InvalidTokenException",
                    "The token included in the request is invalid.",
                ),
            }
        }
    };
    Ok(answer)
}

fn fault_error(active: &Active) -> Option<(StatusCode, &'static str, &'static str)> {
    [
        (
            FaultKind::Deny,
            StatusCode::FORBIDDEN,
            "AccessDeniedException",
            "Unauthorized Exception! EKS does not have permissions to assume the associated role.",
        ),
        (
            FaultKind::InvalidCredentials,
            StatusCode::BAD_REQUEST,
            "InvalidIdInRequest",
            "CredentialsRequest: Credentials not found",
        ),
        (FaultKind::Throttle, StatusCode::TOO_MANY_REQUESTS, "ThrottlingException", "Rate exceeded"),
        (FaultKind::ServerError, StatusCode::INTERNAL_SERVER_ERROR, "ServerError", "Internal Server Error"),
        (
            FaultKind::NoRole,
            StatusCode::NOT_FOUND,
            "NoIdInRequest",
            "CredentialsRequest: No Credential Id in the request",
        ),
    ]
    .into_iter()
    .find_map(|(kind, status, code, message)| active.has(kind).then_some((status, code, message)))
}

fn credentials(state: &State, active: &Active) -> LoggedResponse {
    let role = &state.metadata.container_role;
    let ended = active.has(FaultKind::ExpiredSession);
    let Some(key) = session(state, "container", role, "container", ended) else {
        return error(StatusCode::NOT_FOUND, "NoSuchRole", "The role of the task is gone");
    };
    let body = json!({
        "RoleArn": format!("arn:{}:iam::{}:role/{}", state.partition_id(), role.0, role.1),
        "AccountId": role.0,
        "AccessKeyId": key.id,
        "SecretAccessKey": key.secret.expose(),
        "Token": key.session_token.as_ref().map(|token| token.expose()),
        "Expiration": rfc3339(key.expires_at.unwrap_or_default()),
    });
    http::json(StatusCode::OK, &body).into()
}

fn error(status: StatusCode, code: &str, message: &str) -> LoggedResponse {
    let body = json!({"code": code, "message": message, "HTTPErrorCode": status.as_u16()});
    LoggedResponse::from(http::json(status, &body)).with_error(code)
}
