//! Instance metadata, version 2: a session token first, then the role's credentials.

use ecrpass_core::time::rfc3339;
use hyper::header::HeaderName;
use hyper::{Method, StatusCode};
use serde_json::json;

use super::roles::lock;
use super::session::session;
use crate::active_faults::Active;
use crate::faults::FaultKind;
use crate::http::{self, Request, Response};
use crate::logged_response::{Handled, LoggedResponse};
use crate::random;
use crate::state::State;

const INSTANCE_ID: &str = "i-0123456789abcdef0";
const TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";

/// What the call log calls a request.
pub(crate) fn operation(method: &Method, path: &str) -> &'static str {
    match path {
        "/latest/api/token" if method == Method::PUT => "PutToken",
        "/latest/meta-data/iam/security-credentials" | "/latest/meta-data/iam/security-credentials/" => {
            "GetRole"
        }
        _ if path.starts_with("/latest/meta-data/iam/security-credentials/") => "GetCredentials",
        _ => "GetMetadata",
    }
}

/// Answers one request.
pub(crate) async fn handle(state: &State, request: &Request, active: &Active) -> Handled {
    let is_token_request = request.path() == "/latest/api/token";
    if is_token_request && active.has(FaultKind::HopLimit) {
        // The answer's time to live runs out on the way: the client never hears anything.
        return std::future::pending().await;
    }
    if let Some(status) = fault_status(active) {
        return Ok(
            LoggedResponse::from(page(status)).with_error(status.canonical_reason().unwrap_or_default())
        );
    }
    let response = if is_token_request {
        token(state, request)
    } else if request.method() != Method::GET && request.method() != Method::HEAD {
        page(StatusCode::METHOD_NOT_ALLOWED)
    } else if !is_authorized(state, request) {
        page(StatusCode::UNAUTHORIZED)
    } else {
        metadata(state, request.path(), active)
    };
    Ok(response.into())
}

fn fault_status(active: &Active) -> Option<StatusCode> {
    [
        (FaultKind::Deny, StatusCode::FORBIDDEN),
        (FaultKind::InvalidCredentials, StatusCode::UNAUTHORIZED),
        (FaultKind::Throttle, StatusCode::SERVICE_UNAVAILABLE),
        (FaultKind::ServerError, StatusCode::INTERNAL_SERVER_ERROR),
    ]
    .into_iter()
    .find_map(|(kind, status)| active.has(kind).then_some(status))
}

fn token(state: &State, request: &Request) -> Response {
    if request.method() != Method::PUT {
        return page(StatusCode::METHOD_NOT_ALLOWED);
    }
    // Through a proxy the address of the caller would be somebody else's: IMDS refuses.
    if !request.header("x-forwarded-for").is_empty() {
        return page(StatusCode::FORBIDDEN);
    }
    let seconds: Option<i64> = request.header(TTL).parse().ok();
    let Some(seconds) = seconds.filter(|seconds| (1..=21_600).contains(seconds)) else {
        return page(StatusCode::BAD_REQUEST);
    };
    let token = random::base64(40);
    lock(&state.metadata.imds_tokens).insert(token.clone(), state.clock.now() + seconds);
    let mut response = http::response(StatusCode::OK, "text/plain", token);
    http::set(&mut response, HeaderName::from_static(TTL), &seconds.to_string());
    response
}

fn is_authorized(state: &State, request: &Request) -> bool {
    let token = request.header("x-aws-ec2-metadata-token");
    lock(&state.metadata.imds_tokens).get(token).is_some_and(|&end| end > state.clock.now())
}

fn metadata(state: &State, path: &str, active: &Active) -> Response {
    const CREDENTIALS: &str = "/latest/meta-data/iam/security-credentials";
    let region = &state.settings.region;
    let role = state.metadata.instance_role().filter(|_| !active.has(FaultKind::NoRole));
    let text = match path {
        "/latest/meta-data/placement/region" => region.clone(),
        "/latest/meta-data/placement/availability-zone" => format!("{region}a"),
        "/latest/meta-data/instance-id" => INSTANCE_ID.to_owned(),
        "/latest/meta-data/services/partition" => state.partition_id(),
        "/latest/meta-data/services/domain" => state.partition().dns_suffix().to_owned(),
        "/latest/dynamic/instance-identity/document" => {
            return http::response(StatusCode::OK, "text/plain", identity_document(state));
        }
        _ => match (path.strip_prefix(CREDENTIALS), role) {
            (Some("" | "/"), Some((_, name))) => name,
            (Some(name), Some(role)) if name.strip_prefix('/') == Some(&role.1) => {
                return credentials(state, &role, active);
            }
            _ => return page(StatusCode::NOT_FOUND),
        },
    };
    http::response(StatusCode::OK, "text/plain", text)
}

fn credentials(state: &State, role: &(String, String), active: &Active) -> Response {
    let now = state.clock.now();
    let ended = active.has(FaultKind::ExpiredSession);
    let Some(key) = session(state, "instance", role, INSTANCE_ID, ended) else {
        // The role is attached but does not trust EC2, or is gone.
        let body = json!({
            "Code": "AssumeRoleUnauthorizedAccess",
            "Message": "EC2 cannot assume the role. Please see documentation at https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html#troubleshoot_iam-ec2_errors-info-doc.",
            "LastUpdated": rfc3339(now),
        });
        return http::response(StatusCode::OK, "text/plain", body.to_string());
    };
    let body = json!({
        "Code": "Success",
        "LastUpdated": rfc3339(now),
        "Type": "AWS-HMAC",
        "AccessKeyId": key.id,
        "SecretAccessKey": key.secret.expose(),
        "Token": key.session_token.as_ref().map(|token| token.expose()),
        "Expiration": rfc3339(key.expires_at.unwrap_or_default()),
    });
    http::response(StatusCode::OK, "text/plain", body.to_string())
}

fn identity_document(state: &State) -> String {
    let region = &state.settings.region;
    json!({
        "accountId": state.settings.account,
        "architecture": "x86_64",
        "availabilityZone": format!("{region}a"),
        "instanceId": INSTANCE_ID,
        "instanceType": "t3.micro",
        "pendingTime": rfc3339(state.clock.now() - 3_600),
        "privateIp": "127.0.0.1",
        "region": region,
        "version": "2017-09-30",
    })
    .to_string()
}

/// IMDS answers errors with a page of XHTML.
fn page(status: StatusCode) -> Response {
    let title = format!("{} - {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"en\" lang=\"en\">\n <head>\n  <title>{title}</title>\n </head>\n <body>\n  <h1>{title}</h1>\n </body>\n</html>\n"
    );
    http::response(status, "text/html", body)
}
