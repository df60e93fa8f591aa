//! The layer bucket: S3's part of a pull. A presigned address opens it, and a second authorization spoils it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use ecrpass_core::time::EpochSeconds;
use hyper::StatusCode;
use hyper::header::AUTHORIZATION;

use super::V2Failure;
use super::blobs;
use crate::answer::{Answer, Handled};
use crate::faults::{Active, FaultKind};
use crate::http::{self, Abort, Request};
use crate::random;
use crate::world::World;

/// How long a presigned address is good for, in seconds.
const LIFETIME: i64 = 3_600;

/// Which addresses were signed: by signature, the digest and the end.
#[derive(Debug, Default)]
pub(crate) struct Presigned(Mutex<HashMap<String, (String, EpochSeconds)>>);

/// Whether a request is for the bucket, by its host or, path-style, by its path.
pub(crate) fn is_bucket(host: &str, path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let named = |name: &str| name.starts_with("prod-") && name.contains("-starport-layer-bucket");
    named(host) || named(first)
}

/// An address where the blob can be had for an hour.
pub(super) fn presign(world: &World, base: &str, digest: &str) -> String {
    let signature = random::hex(&random::bytes(32));
    let now = world.clock.now();
    let date = crate::clock::basic(now);
    let hex = digest.trim_start_matches("sha256:");
    let mut presigned = world.presigned.0.lock().unwrap_or_else(PoisonError::into_inner);
    presigned.insert(signature.clone(), (digest.to_owned(), now + LIFETIME));
    format!(
        "{}/{hex}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={date}&X-Amz-Expires={LIFETIME}&X-Amz-SignedHeaders=host&X-Amz-Signature={signature}",
        base.trim_end_matches('/')
    )
}

/// Answers one request to the bucket.
pub(crate) async fn handle(world: &World, request: &Request, active: &Active) -> Handled {
    if active.has(FaultKind::Deny) || active.has(FaultKind::InvalidCredentials) {
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
    let known = world.presigned.0.lock().unwrap_or_else(PoisonError::into_inner).get(&signature).cloned();
    let hex = request.path().rsplit('/').next().unwrap_or_default();
    let digest = match known {
        Some((digest, _)) if digest.strip_prefix("sha256:") != Some(hex) => None,
        Some((_, end)) if end <= world.clock.now() || active.has(FaultKind::ExpiredSession) => {
            return Ok(error(StatusCode::FORBIDDEN, "AccessDenied", "Request has expired"));
        }
        Some((digest, _)) => Some(digest),
        None => None,
    };
    let Some(digest) = digest else {
        return Ok(error(
            StatusCode::FORBIDDEN,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
        ));
    };
    let opened = world.repositories.open_blob(&digest).await;
    let Ok(Some(blob)) = opened else {
        return Ok(error(StatusCode::NOT_FOUND, "NoSuchKey", "The specified key does not exist."));
    };
    match blobs::send(request, blob, &digest).await {
        Ok(response) => Ok(response.into()),
        Err(V2Failure::Error(_)) => Ok(error(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "InvalidRange",
            "The requested range is not satisfiable",
        )),
        Err(V2Failure::Abort) => Err(Abort),
    }
}

fn error(status: StatusCode, code: &str, message: &str) -> Answer {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{}</RequestId></Error>",
        random::hex(&random::bytes(8)).to_uppercase()
    );
    Answer::from(http::response(status, "application/xml", body)).with_error(code)
}
