//! Why a call gave nothing.

use std::fmt;

use ecrpass_credentials::refusal::Refusal;

/// Why a call gave nothing.
#[derive(Clone, Debug)]
pub struct ApiFailure {
    /// The operation.
    pub operation: &'static str,
    /// What kind of reason it is.
    pub kind: FailureKind,
    /// AWS's code and words, without secrets.
    pub words: String,
    /// The cause, where it is one that stops every call.
    pub refusal: Option<Box<Refusal>>,
}

/// What kind of reason it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// What was asked for is not there.
    NotFound,
    /// What was to be made is there.
    AlreadyExists,
    /// These credentials may not do that.
    Denied,
    /// Too many requests, even after several tries.
    Throttled,
    /// AWS does not take what was sent.
    Invalid,
    /// No call would have come through: credentials, signature, network.
    Credentials,
    /// Anything else.
    Other,
}

impl FailureKind {
    /// From AWS's code.
    pub(super) fn of(code: &str) -> Self {
        match code {
            "UnrecognizedClientException"
            | "AuthFailure"
            | "InvalidAccessKeyId"
            | "InvalidClientTokenId"
            | "ExpiredTokenException"
            | "ExpiredToken"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "IncompleteSignature"
            | "IncompleteSignatureException"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException" => Self::Credentials,
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => Self::Denied,
            "Throttling"
            | "ThrottlingException"
            | "TooManyRequestsException"
            | "RequestLimitExceeded"
            | "SlowDown" => Self::Throttled,
            "NoSuchBucket" | "NoSuchEntity" | "NoSuchKey" => Self::NotFound,
            code if code.ends_with("NotFoundException") => Self::NotFound,
            code if code.ends_with("AlreadyExistsException") => Self::AlreadyExists,
            code if code.starts_with("InvalidParameter") || code.starts_with("Validation") => Self::Invalid,
            code if code.starts_with("InvalidTag") || code == "LimitExceededException" => Self::Invalid,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for ApiFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed: {}", self.operation, self.words)
    }
}

impl std::error::Error for ApiFailure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart() {
        for (code, kind) in [
            ("RepositoryNotFoundException", FailureKind::NotFound),
            ("LifecyclePolicyNotFoundException", FailureKind::NotFound),
            ("RepositoryAlreadyExistsException", FailureKind::AlreadyExists),
            ("AccessDeniedException", FailureKind::Denied),
            ("UnauthorizedOperation", FailureKind::Denied),
            ("NoSuchBucket", FailureKind::NotFound),
            ("SlowDown", FailureKind::Throttled),
            ("ThrottlingException", FailureKind::Throttled),
            ("ExpiredTokenException", FailureKind::Credentials),
            ("InvalidParameterException", FailureKind::Invalid),
            ("ServerException", FailureKind::Other),
        ] {
            assert_eq!(FailureKind::of(code), kind, "{code}");
        }
    }
}
