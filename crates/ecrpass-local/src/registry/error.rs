//! Errors of the registry protocol in ECR's words.

use hyper::StatusCode;
use hyper::header::{CONTENT_LENGTH, WWW_AUTHENTICATE};
use serde_json::json;

use crate::http;
use crate::logged_response::LoggedResponse;

/// An error of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct V2Error {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// The `Www-Authenticate` header; only a 401 has one, which is why clients do not recover from a 403.
    challenge: Option<String>,
}

impl V2Error {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), challenge: None }
    }

    /// No credentials: 401 with a challenge and a body that is not JSON.
    pub(crate) fn challenge(challenge: String) -> Self {
        Self {
            challenge: Some(challenge),
            ..Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Not Authorized")
        }
    }

    /// A token that is mangled or of another region.
    pub(crate) fn invalid_token() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "DENIED", "Your Authorization Token is invalid.")
    }

    pub(crate) fn expired() -> Self {
        Self::denied("Your authorization token has expired. Reauthenticate and try again.")
    }

    pub(crate) fn denied(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "DENIED", message)
    }

    pub(crate) fn throttled() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "TOOMANYREQUESTS", "Rate exceeded")
    }

    /// Its sentence.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn internal(message: &str) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN", message)
    }

    pub(crate) fn storage(error: &std::io::Error) -> Self {
        Self::internal(&format!("the local ECR's storage failed: {error}"))
    }

    pub(crate) fn bad_gateway(message: String) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "UNKNOWN", message)
    }

    pub(crate) fn name_unknown(message: String) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NAME_UNKNOWN", message)
    }

    pub(crate) fn name_invalid(name: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "NAME_INVALID",
            format!(
                "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*'': '{name}'"
            ),
        )
    }

    pub(crate) fn manifest_unknown() -> Self {
        Self::new(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", "Requested image not found")
    }

    pub(crate) fn manifest_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", message)
    }

    pub(crate) fn manifest_blob_unknown(digest: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "MANIFEST_BLOB_UNKNOWN",
            format!("'{digest}' is referenced by the manifest but is not in the repository"),
        )
    }

    pub(crate) fn blob_unknown() -> Self {
        Self::new(StatusCode::NOT_FOUND, "BLOB_UNKNOWN", "blob unknown to registry")
    }

    pub(crate) fn upload_unknown() -> Self {
        Self::new(StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
    }

    pub(crate) fn digest_invalid() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "DIGEST_INVALID", "provided digest did not match uploaded content")
    }

    pub(crate) fn range_invalid() -> Self {
        Self::new(StatusCode::RANGE_NOT_SATISFIABLE, "BLOB_UPLOAD_INVALID", "the chunk is out of order")
    }

    pub(crate) fn immutable(tag: &str, repository: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "TAG_INVALID",
            format!(
                "The image tag '{tag}' already exists in the '{repository}' repository and cannot be overwritten because the repository is immutable."
            ),
        )
    }

    pub(crate) fn tag_invalid(tag: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "TAG_INVALID", format!("'{tag}' is not a tag"))
    }

    pub(crate) fn unsupported() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", "The operation is unsupported.")
    }

    /// The error as an answer; a HEAD request gets no body, so its reason stays unsaid.
    pub(crate) fn answer(&self, is_head: bool) -> LoggedResponse {
        let mut response = match &self.challenge {
            Some(challenge) => {
                let mut response =
                    http::response(self.status, "text/plain; charset=utf-8", "Not Authorized\n");
                http::set(&mut response, WWW_AUTHENTICATE, challenge);
                response
            }
            None => {
                let body = json!({"errors": [{"code": self.code, "message": self.message}]});
                http::response(self.status, "application/json; charset=utf-8", format!("{body}\n"))
            }
        };
        if is_head {
            let mut bare = http::empty(self.status);
            *bare.headers_mut() = response.headers().clone();
            bare.headers_mut().remove(CONTENT_LENGTH);
            response = bare;
        }
        LoggedResponse::from(response).with_error(self.code)
    }
}
