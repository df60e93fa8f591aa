//! The layer bucket: S3's part of a pull. A presigned address opens it, and a second authorization spoils it.

use bytes::Bytes;
use ecrpass_core::time::basic;
use ecrpass_iam::denial::Reason;
use hyper::header::{AUTHORIZATION, RANGE};
use hyper::{Method, StatusCode};

use super::blob_response;
use super::failure::V2Failure;
use super::presigned::Signed;
use crate::active_faults::Active;
use crate::faults::FaultKind;
use crate::http::{self, Abort, Request};
use crate::logged_response::{Handled, LoggedResponse};
use crate::random;
use crate::state::State;
use crate::storage::repositories::RegistryId;

/// How long a presigned address is good for, in seconds.
const LIFETIME: i64 = 3_600;
/// The key of AWS's that addresses are signed with, as far as anybody can see.
const KEY: &str = "ASIAQ3EGUYIF7LYRSTAR";

/// Whether a request is for the bucket, by its host or, path-style, by its path.
pub(crate) fn is_bucket(host: &str, path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let named = |name: &str| name.starts_with("prod-") && name.contains("-starport-layer-bucket");
    named(host) || named(first)
}

/// An address where the blob can be had for an hour: in the bucket layers are redirected to, else on this server
/// under the name the client used.
pub(crate) fn presign(
    state: &State,
    request: &Request,
    registry: &RegistryId,
    repository: &str,
    digest: &str,
) -> String {
    let region = match registry {
        RegistryId::Private { region, .. } => region,
        RegistryId::Public => &state.settings.region,
    };
    let base = match &state.settings.layer_bucket {
        Some(base) => base.replace("{region}", region),
        None => format!("{}/prod-{region}-starport-layer-bucket", request.origin()),
    };
    let signature = random::hex(&random::bytes(32));
    let now = state.clock.now();
    let date = basic(now);
    let day = date.get(..8).unwrap_or_default();
    let hex = digest.trim_start_matches("sha256:");
    let signed =
        Signed { repository: repository.to_owned(), digest: digest.to_owned(), expires_at: now + LIFETIME };
    state.presigned.insert(&signature, signed);
    format!(
        "{}/{hex}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={date}&X-Amz-SignedHeaders=host&X-Amz-Expires={LIFETIME}&X-Amz-Credential={KEY}%2F{day}%2F{region}%2Fs3%2Faws4_request&X-Amz-Signature={signature}",
        base.trim_end_matches('/')
    )
}

/// Answers one request to the bucket.
pub(crate) async fn handle(state: &State, request: &Request, active: &Active) -> Handled {
    if active.denial(Reason::Unsaid).is_some() || active.has(FaultKind::InvalidCredentials) {
        return Ok(error(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied"));
    }
    if active.has(FaultKind::Throttle) {
        return Ok(error(StatusCode::SERVICE_UNAVAILABLE, "SlowDown", "Please reduce your request rate."));
    }
    if active.has(FaultKind::ServerError) {
        return Ok(error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalError",
            "We encountered an internal error. Please try again.",
        ));
    }
    if request.headers().contains_key(AUTHORIZATION) {
        return Ok(error(
            StatusCode::BAD_REQUEST,
            "InvalidArgument",
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
        ));
    }
    let signature = request.query("X-Amz-Signature").unwrap_or_default();
    let known = state.presigned.look_up(&signature);
    let hex = request.path().rsplit('/').next().unwrap_or_default();
    // An address is signed for one object and one method.
    let fits = |signed: &Signed| {
        signed.digest.strip_prefix("sha256:") == Some(hex) && request.method() == Method::GET
    };
    let Some(signed) = known.filter(fits) else {
        return Ok(error(
            StatusCode::FORBIDDEN,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
        ));
    };
    if signed.expires_at <= state.clock.now() || active.has(FaultKind::ExpiredSession) {
        return Ok(error(StatusCode::FORBIDDEN, "AccessDenied", "Request has expired"));
    }
    if let Some(upstream) = &state.upstream {
        let path = format!("/v2/{}/blobs/{}", signed.repository, signed.digest);
        let range = request.header(RANGE.as_str());
        let headers = [(RANGE, range)];
        let headers = if range.is_empty() { &[][..] } else { &headers[..] };
        return Ok(match upstream.ask(Method::GET, &path, headers, Bytes::new()).await {
            Ok(response) if response.status() != StatusCode::NOT_FOUND => response.into(),
            _ => no_such_key(),
        });
    }
    let opened = state.repositories.open_blob(&signed.digest).await;
    let Ok(Some(blob)) = opened else { return Ok(no_such_key()) };
    match blob_response::send(request, blob, &signed.digest).await {
        Ok(response) => Ok(response.into()),
        Err(V2Failure::Error(_)) => Ok(error(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "InvalidRange",
            "The requested range is not satisfiable",
        )),
        Err(V2Failure::Abort) => Err(Abort),
    }
}

fn no_such_key() -> LoggedResponse {
    error(StatusCode::NOT_FOUND, "NoSuchKey", "The specified key does not exist.")
}

fn error(status: StatusCode, code: &str, message: &str) -> LoggedResponse {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{}</RequestId></Error>",
        random::hex(&random::bytes(8)).to_uppercase()
    );
    LoggedResponse::from(http::response(status, "application/xml", body)).with_error(code)
}
