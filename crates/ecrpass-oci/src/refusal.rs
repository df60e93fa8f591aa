//! A registry's refusal: the code of the distribution specification and its words, from JSON, from S3's XML, or from
//! plain text.

use ecrpass_core::redact::redact;
use ecrpass_credentials::aws_call::ServiceError;
use serde_json::Value;

/// The most of a body that is read for words, in bytes.
const MAX_WORDS: usize = 64 * 1024;

/// A refusal's code. Source: OCI distribution specification, "Error Codes"; the last is what registries add to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The blob is not there.
    BlobUnknown,
    /// An upload was refused.
    BlobUploadInvalid,
    /// There is no such upload.
    BlobUploadUnknown,
    /// The digest is not that of what was sent.
    DigestInvalid,
    /// A layer or configuration of the manifest is not there.
    ManifestBlobUnknown,
    /// The manifest is none.
    ManifestInvalid,
    /// There is no such tag or digest.
    ManifestUnknown,
    /// That is no name.
    NameInvalid,
    /// There is no such repository.
    NameUnknown,
    /// The length does not fit.
    SizeInvalid,
    /// It is not known who asks.
    Unauthorized,
    /// Whoever asks may not.
    Denied,
    /// The registry does not do that.
    Unsupported,
    /// There were too many requests.
    TooManyRequests,
    /// Another one, such as S3's.
    Other(String),
}

impl ErrorCode {
    const NAMED: [(&'static str, Self); 14] = [
        ("BLOB_UNKNOWN", Self::BlobUnknown),
        ("BLOB_UPLOAD_INVALID", Self::BlobUploadInvalid),
        ("BLOB_UPLOAD_UNKNOWN", Self::BlobUploadUnknown),
        ("DIGEST_INVALID", Self::DigestInvalid),
        ("MANIFEST_BLOB_UNKNOWN", Self::ManifestBlobUnknown),
        ("MANIFEST_INVALID", Self::ManifestInvalid),
        ("MANIFEST_UNKNOWN", Self::ManifestUnknown),
        ("NAME_INVALID", Self::NameInvalid),
        ("NAME_UNKNOWN", Self::NameUnknown),
        ("SIZE_INVALID", Self::SizeInvalid),
        ("UNAUTHORIZED", Self::Unauthorized),
        ("DENIED", Self::Denied),
        ("UNSUPPORTED", Self::Unsupported),
        ("TOOMANYREQUESTS", Self::TooManyRequests),
    ];

    /// The code of that name.
    pub fn parse(name: &str) -> Self {
        let known = Self::NAMED.into_iter().find(|(known, _)| *known == name);
        known.map_or_else(|| Self::Other(name.to_owned()), |(_, code)| code)
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(name) => name,
            code => Self::NAMED.iter().find(|(_, known)| known == code).map_or("", |(name, _)| name),
        }
    }
}

/// A refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// The code.
    pub code: Option<ErrorCode>,
    /// The words, without secrets.
    pub message: String,
    /// The digest of what was answered.
    pub digest: Option<String>,
    /// Its media type.
    pub media_type: Option<String>,
}

/// Code and words of a refusal's body.
pub fn words(body: &[u8]) -> (Option<ErrorCode>, String) {
    let text = String::from_utf8_lossy(body.get(..MAX_WORDS).unwrap_or(body));
    let value: Value = serde_json::from_str(&text).unwrap_or_default();
    if let Some(error) = value.get("errors").and_then(|errors| errors.get(0)) {
        let field = |name: &str| error.get(name).and_then(Value::as_str);
        let message = field("message").unwrap_or_default();
        return (field("code").map(ErrorCode::parse), redact(message).into_owned());
    }
    if let Some(error) = ServiceError::parse(None, body).filter(|error| !error.code.is_empty()) {
        return (Some(ErrorCode::parse(&error.code)), error.message);
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (None, redact(&line).chars().take(300).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_read_in_every_form() {
        let registry =
            br#"{"errors":[{"code":"NAME_UNKNOWN","message":"The repository with name 'x' does not exist"}]}"#;
        assert_eq!(
            words(registry),
            (Some(ErrorCode::NameUnknown), "The repository with name 'x' does not exist".to_owned())
        );
        let s3 = b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
        assert_eq!(
            words(s3),
            (Some(ErrorCode::Other("AccessDenied".to_owned())), "Access Denied".to_owned())
        );
        assert_eq!(words(b"Not\n Authorized"), (None, "Not Authorized".to_owned()));
        let (code, line) = words(&vec![b'x'; MAX_WORDS * 2]);
        assert_eq!((code, line.len()), (None, 300));
    }

    #[test]
    fn codes_keep_their_names() {
        for (name, code) in ErrorCode::NAMED {
            assert_eq!(ErrorCode::parse(name), code);
            assert_eq!(code.as_str(), name);
        }
        assert_eq!(ErrorCode::parse("AccessDenied").as_str(), "AccessDenied");
    }
}
