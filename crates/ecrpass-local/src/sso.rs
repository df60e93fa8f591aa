//! IAM Identity Center: role credentials for an access token, and a new access token for a refresh token.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ecrpass_core::Secret;
use ecrpass_core::hex::hex;
use ecrpass_core::time::{EpochSeconds, rfc3339};
use hyper::StatusCode;
use hyper::header::HeaderName;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use crate::answer::{Answer, Handled};
use crate::faults::{Active, FaultKind};
use crate::http::{self, Request};
use crate::random;
use crate::world::World;

/// A file for `~/.aws/sso/cache/`, as `aws sso login` leaves it.
#[derive(Clone)]
pub struct SsoCacheFile {
    /// The file's name.
    pub name: String,
    /// Its content: a secret.
    pub content: Secret,
}

impl fmt::Debug for SsoCacheFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SsoCacheFile({})", self.name)
    }
}

/// Who is signed in.
#[derive(Debug, Default)]
pub(crate) struct Sso {
    /// Access tokens and when they end.
    access: Mutex<HashMap<String, EpochSeconds>>,
    refresh: Mutex<HashMap<String, Client>>,
}

/// A registered client, as OIDC has it.
#[derive(Debug)]
struct Client {
    id: String,
    secret: Secret,
}

impl Sso {
    /// Signs somebody in: the cache file of a session (or a start URL) whose access token ends at `expires_at`,
    /// with what it takes to refresh it when `refreshable`.
    pub(crate) fn sign_in(
        &self,
        session_or_url: &str,
        start_url: &str,
        region: &str,
        expires_at: EpochSeconds,
        refreshable: bool,
    ) -> SsoCacheFile {
        let access = random::base64(300);
        lock(&self.access).insert(access.clone(), expires_at);
        let mut content = json!({
            "startUrl": start_url,
            "region": region,
            "accessToken": access,
            "expiresAt": rfc3339(expires_at),
        });
        if refreshable {
            let refresh = random::base64(300);
            let client = Client { id: random::base64(16), secret: Secret::new(random::base64(200)) };
            content["clientId"] = json!(client.id);
            content["clientSecret"] = json!(client.secret.expose());
            content["registrationExpiresAt"] = json!(rfc3339(expires_at + 90 * 86_400));
            content["refreshToken"] = json!(refresh);
            lock(&self.refresh).insert(refresh, client);
        }
        let name = format!("{}.json", hex(&Sha1::digest(session_or_url.as_bytes())));
        SsoCacheFile { name, content: Secret::new(content.to_string()) }
    }
}

/// `GetRoleCredentials` of the portal.
pub(crate) fn portal(world: &World, request: &Request, active: &Active) -> Handled {
    if let Some(answer) = fault_answer(active) {
        return Ok(answer);
    }
    let token = request.header("x-amz-sso_bearer_token");
    let now = world.clock.now();
    let expired = active.has(FaultKind::ExpiredSession);
    if expired || lock(&world.sso.access).get(token).is_none_or(|&end| end <= now) {
        return Ok(error(
            StatusCode::UNAUTHORIZED,
            "UnauthorizedException",
            "Session token not found or invalid",
        ));
    }
    let account = request.query("account_id").unwrap_or_default();
    let name = request.query("role_name").unwrap_or_default();
    let Some(role) = world.principals.role(&account, &name) else {
        return Ok(error(StatusCode::FORBIDDEN, "ForbiddenException", "No access"));
    };
    let expires_at = now + world.settings.session_lifetime;
    let (key, principal) =
        world.principals.start_session(&world.partition_id(), &role, "sso-user", expires_at);
    let body = json!({"roleCredentials": {
        "accessKeyId": key.id,
        "secretAccessKey": key.secret.expose(),
        "sessionToken": key.session_token.as_ref().map(|token| token.expose()),
        "expiration": expires_at * 1_000,
    }});
    Ok(Answer::from(http::json(StatusCode::OK, &body)).by(&principal))
}

/// `CreateToken` of the OIDC service, for refresh tokens.
pub(crate) fn create_token(world: &World, body: &[u8], active: &Active) -> Handled {
    if let Some(answer) = fault_answer(active) {
        return Ok(answer);
    }
    let input: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| input[name].as_str().unwrap_or_default();
    if text("grantType") != "refresh_token" {
        return Ok(oidc_error("UnsupportedGrantTypeException", "unsupported_grant_type"));
    }
    if active.has(FaultKind::ExpiredSession) {
        return Ok(oidc_error("InvalidGrantException", "invalid_grant"));
    }
    let mut refresh = lock(&world.sso.refresh);
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
    let lifetime = world.settings.session_lifetime;
    lock(&world.sso.access).insert(access_token.clone(), world.clock.now() + lifetime);
    let output = json!({
        "accessToken": access_token,
        "expiresIn": lifetime,
        "refreshToken": refresh_token,
        "tokenType": "Bearer",
    });
    Ok(http::json(StatusCode::OK, &output).into())
}

fn fault_answer(active: &Active) -> Option<Answer> {
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

fn oidc_error(code: &str, short: &str) -> Answer {
    let body = json!({"error": short, "error_description": "Invalid grant provided"});
    with_type(StatusCode::BAD_REQUEST, code, &body)
}

fn error(status: StatusCode, code: &str, message: &str) -> Answer {
    with_type(status, code, &json!({ "message": message }))
}

/// REST services name the error in a header.
fn with_type(status: StatusCode, code: &str, body: &Value) -> Answer {
    let mut response = http::json(status, body);
    http::set(&mut response, HeaderName::from_static("x-amzn-errortype"), code);
    Answer::from(response).with_error(code)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
