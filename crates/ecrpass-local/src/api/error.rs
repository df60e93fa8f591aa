//! AWS errors in the two protocols: JSON for ECR and ECR Public, XML for STS.

use ecrpass_iam::Denied;
use hyper::StatusCode;
use hyper::header::HeaderName;
use serde_json::json;

use crate::active_faults::Active;
use crate::faults::FaultKind;
use crate::http::{self, Response};
use crate::logged_response::LoggedResponse;
use crate::random;
use crate::sigv4::Refusal;

/// The sentence for a key or session token nobody knows.
pub(crate) const INVALID_TOKEN: &str = "The security token included in the request is invalid.";
/// The sentence for a session that has ended.
pub(crate) const EXPIRED_TOKEN: &str = "The security token included in the request is expired";
const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/// The XML namespace of STS.
pub(crate) const STS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
/// The XML namespace of IAM.
pub(crate) const IAM: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// The protocol an error is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// AWS JSON 1.1.
    Json,
    /// The query protocol, XML.
    Query,
}

/// An AWS error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    /// A client's mistake, status 400.
    pub(crate) fn bad_request(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// A denial; ECR answers 400, STS 403.
    pub(crate) fn denied(protocol: Protocol, denial: &Denied<'_>) -> Self {
        match protocol {
            Protocol::Json => Self::bad_request("AccessDeniedException", denial.to_string()),
            Protocol::Query => Self::new(StatusCode::FORBIDDEN, "AccessDenied", denial.to_string()),
        }
    }

    /// A signature that was refused.
    pub(crate) fn refused(protocol: Protocol, refusal: Refusal) -> Self {
        let query = protocol == Protocol::Query;
        let (status, code, message) = match refusal {
            Refusal::Missing if query => {
                (403, "MissingAuthenticationToken", "Request is missing Authentication Token".to_owned())
            }
            Refusal::Missing => {
                (400, "MissingAuthenticationTokenException", "Missing Authentication Token".to_owned())
            }
            Refusal::Incomplete(message) if query => (400, "IncompleteSignature", message),
            Refusal::Incomplete(message) => (400, "IncompleteSignatureException", message),
            Refusal::UnknownKey if query => (403, "InvalidClientTokenId", INVALID_TOKEN.to_owned()),
            Refusal::UnknownKey => (400, "UnrecognizedClientException", INVALID_TOKEN.to_owned()),
            Refusal::ExpiredSession if query => (403, "ExpiredToken", EXPIRED_TOKEN.to_owned()),
            Refusal::ExpiredSession => (400, "ExpiredTokenException", EXPIRED_TOKEN.to_owned()),
            Refusal::Skew(message) | Refusal::Scope(message) if query => {
                (403, "SignatureDoesNotMatch", message)
            }
            Refusal::Skew(message) | Refusal::Scope(message) => (400, "InvalidSignatureException", message),
            Refusal::Mismatch if query => (403, "SignatureDoesNotMatch", MISMATCH.to_owned()),
            Refusal::Mismatch => (400, "InvalidSignatureException", MISMATCH.to_owned()),
        };
        Self::new(StatusCode::from_u16(status).unwrap_or_default(), code, message)
    }

    /// What the faults in force turn an authenticated call into; `denial` says what a denial is to say.
    pub(crate) fn from_fault(protocol: Protocol, active: &Active, denial: &Denied<'_>) -> Option<Self> {
        if active.has(FaultKind::InvalidCredentials) {
            Some(Self::refused(protocol, Refusal::UnknownKey))
        } else if active.has(FaultKind::ExpiredSession) {
            Some(Self::refused(protocol, Refusal::ExpiredSession))
        } else if let Some(reason) = active.denial(denial.reason) {
            Some(Self::denied(protocol, &Denied { reason, ..*denial }))
        } else if active.has(FaultKind::Throttle) {
            let code = if protocol == Protocol::Query { "Throttling" } else { "ThrottlingException" };
            Some(Self::bad_request(code, "Rate exceeded"))
        } else if active.has(FaultKind::ServerError) {
            let code = if protocol == Protocol::Query { "InternalFailure" } else { "ServerException" };
            let message =
                "The request processing has failed because of an unknown error, exception or failure.";
            Some(Self::new(StatusCode::INTERNAL_SERVER_ERROR, code, message))
        } else {
            None
        }
    }

    /// The error as an answer.
    pub(crate) fn answer(&self, protocol: Protocol) -> LoggedResponse {
        let response = match protocol {
            Protocol::Json => self.json(),
            Protocol::Query => self.xml(STS),
        };
        LoggedResponse::from(response).with_error(&self.code)
    }

    /// The same for IAM, whose answers are like those of STS.
    pub(crate) fn iam_answer(&self) -> LoggedResponse {
        LoggedResponse::from(self.xml(IAM)).with_error(&self.code)
    }

    fn json(&self) -> Response {
        let body = json!({"__type": self.code, "message": self.message});
        aws_json(self.status, body.to_string())
    }

    fn xml(&self, namespace: &str) -> Response {
        let kind = if self.status.is_server_error() { "Receiver" } else { "Sender" };
        let request_id = random::uuid();
        let body = format!(
            "<ErrorResponse xmlns=\"{namespace}\">\n  <Error>\n    <Type>{kind}</Type>\n    <Code>{}</Code>\n    <Message>{}</Message>\n  </Error>\n  <RequestId>{request_id}</RequestId>\n</ErrorResponse>\n",
            self.code,
            xml_text(&self.message)
        );
        let mut response = http::response(self.status, "text/xml", body);
        http::set(&mut response, HeaderName::from_static("x-amzn-requestid"), &request_id);
        response
    }
}

/// An answer in AWS's JSON protocol.
pub(crate) fn aws_json(status: StatusCode, body: String) -> Response {
    let mut response = http::response(status, "application/x-amz-json-1.1", body);
    http::set_request_id(&mut response, "x-amzn-requestid");
    response
}

/// Text for the inside of an XML element.
pub(crate) fn xml_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
