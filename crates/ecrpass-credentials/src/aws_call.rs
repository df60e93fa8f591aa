//! What was seen on the wire: one HTTP exchange with an AWS endpoint, and the error it carried.
//!
//! The SDK's own errors hide which call of a chain failed. Exchanges are recorded below it, so the cause is read
//! from what AWS answered, in whichever of its error formats.

use ecrpass_core::redact::redact;
use ecrpass_core::time::EpochSeconds;
use serde::{Deserialize, Serialize};

/// The largest error body that is looked at, in bytes.
const MAX_ERROR_BODY: usize = 64 * 1024;

/// One request to an AWS endpoint and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Exchange {
    /// The operation, for example `GetAuthorizationToken`; for metadata endpoints the path.
    pub operation: String,
    /// The host and port asked.
    pub host: String,
    /// What came back.
    pub outcome: CallOutcome,
    /// The moment in the answer's `Date` header.
    pub server_time: Option<EpochSeconds>,
    /// This machine's clock when the answer came.
    pub local_time: EpochSeconds,
}

/// What came back for a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum CallOutcome {
    /// A success.
    Success,
    /// An HTTP error status, or a web page in place of an answer.
    Refused {
        /// The status.
        status: u16,
        /// AWS's error, where the body held one.
        error: Option<ServiceError>,
        /// The media type of the body, to tell AWS's answers from a proxy's.
        content_type: Option<String>,
    },
    /// No answer at all.
    Unreachable {
        /// What kind of failure it was.
        kind: NetworkFailure,
        /// The system's own words, without secrets.
        text: String,
    },
}

/// Whether a media type is that of a web page: what a proxy or a captive portal shows in place of a service.
pub fn is_page(media_type: &str) -> bool {
    let kind = media_type.split(';').next().unwrap_or_default().trim();
    ["text/html", "application/xhtml+xml"].iter().any(|page| kind.eq_ignore_ascii_case(page))
}

/// How a connection failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum NetworkFailure {
    /// The name did not resolve.
    Dns,
    /// The host refused the connection, or there is no route to it.
    Connect,
    /// No answer in time.
    Timeout,
    /// The certificate was not issued by an authority that is trusted here.
    Tls,
    /// The certificate belongs to another host.
    TlsName,
    /// The certificate has expired or is not valid yet, by this machine's clock.
    TlsExpired,
    /// What answers does not speak TLS, or not this kind.
    TlsProtocol,
    /// The proxy refused to connect, or could not be reached.
    Proxy,
    /// The connection broke off, or in a manner that only a newer ecrpass knows.
    #[serde(other)]
    Broken,
}

impl NetworkFailure {
    /// Whether trying again at once cannot help.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Tls | Self::TlsName | Self::TlsExpired | Self::TlsProtocol)
    }

    /// The kind of failure that a program written in Go tells of, such as the docker daemon; `None` when it is about
    /// something else than the network. Source: Go `net`, `net/http` and `crypto/x509`, their error texts.
    pub fn of_go(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let has = |needles: &[&str]| needles.iter().any(|needle| text.contains(needle));
        if has(&["proxyconnect"]) {
            Some(Self::Proxy)
        } else if has(&[
            "no such host",
            "server misbehaving",
            "temporary failure in name resolution",
            "dial tcp: lookup ",
        ]) {
            Some(Self::Dns)
        } else if has(&["x509:", "tls: ", "server gave http response to https client"]) {
            Some(
                if has(&[
                    "is valid for",
                    "not valid for any",
                    "cannot validate certificate",
                    "legacy common name",
                ]) {
                    Self::TlsName
                } else if has(&["has expired", "not yet valid"]) {
                    Self::TlsExpired
                } else if has(&[
                    "first record does not look like",
                    "handshake failure",
                    "protocol version",
                    "server gave http response",
                ]) {
                    Self::TlsProtocol
                } else {
                    Self::Tls
                },
            )
        } else if has(&[
            "i/o timeout",
            "tls handshake timeout",
            "client.timeout",
            "context deadline exceeded",
            "request canceled while waiting",
        ]) {
            Some(Self::Timeout)
        } else if has(&["connection refused", "no route to host", "network is unreachable"]) {
            Some(Self::Connect)
        } else if has(&["connection reset", ": eof", "unexpected eof", "broken pipe"]) {
            Some(Self::Broken)
        } else {
            None
        }
    }

    /// The kind of failure in an error chain's text, as hyper, rustls and the resolver word it.
    pub fn classify(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        let has = |needles: &[&str]| needles.iter().any(|needle| text.contains(needle));
        if has(&["proxy", "tunnel"]) {
            Self::Proxy
        } else if has(&["dns error", "lookup address", "name or service not known", "name resolution"]) {
            Self::Dns
        } else if has(&["notvalidforname", "not valid for name", "not valid for any names"]) {
            Self::TlsName
        } else if has(&["certificate expired", "certificate: expired", "notvalidyet", "not valid yet"]) {
            Self::TlsExpired
        } else if has(&["certificate", "invalid peer"]) {
            Self::Tls
        } else if has(&["timeout", "timed out", "deadline"]) {
            Self::Timeout
        } else if has(&[
            "handshake eof",
            "unexpected eof",
            "unexpected end of file",
            "connection reset",
            // rustls, of a connection that is closed without a word.
            "close_notify",
        ]) {
            Self::Broken
        } else if has(&["corrupt message", "fatal alert", "peer is incompatible", "peer misbehaved", "tls"]) {
            Self::TlsProtocol
        } else if has(&["connection refused", "unreachable", "no route", "connect error"]) {
            Self::Connect
        } else {
            Self::Broken
        }
    }
}

/// An error as an AWS service names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceError {
    /// The error code without name space, for example `AccessDeniedException`.
    pub code: String,
    /// The message, without secrets.
    pub message: String,
}

impl ServiceError {
    /// Reads an error body in JSON (ECR, SSO, container endpoint) or XML (STS, and stand-ins that answer XML for
    /// everything). `header` is `x-amzn-ErrorType`, which beats the body's own code.
    pub fn parse(header: Option<&str>, body: &[u8]) -> Option<Self> {
        let body = body.get(..MAX_ERROR_BODY).unwrap_or(body);
        let text = String::from_utf8_lossy(body);
        let (code, message) = parse_json(&text).or_else(|| parse_xml(&text)).unwrap_or_default();
        let code = header.map(str::to_owned).or(code).map(|code| bare_code(&code))?;
        Some(Self { code, message: redact(message.unwrap_or_default().trim()).into_owned() })
    }
}

type Parts = (Option<String>, Option<String>);

fn parse_json(text: &str) -> Option<Parts> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let object = value.as_object()?;
    let field = |names: &[&str]| {
        names.iter().find_map(|name| object.get(*name)).and_then(|value| value.as_str()).map(str::to_owned)
    };
    // OAuth's form is what SSO OIDC answers.
    let code = field(&["__type", "code", "Code", "error"]);
    let message = field(&["message", "Message", "error_description", "errorMessage"]);
    (code.is_some() || message.is_some()).then_some((code, message))
}

fn parse_xml(text: &str) -> Option<Parts> {
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        let (inner, _) = rest.split_once("</")?;
        Some(unescape_xml(inner))
    };
    let code = element("Code")?;
    Some((Some(code), element("Message")))
}

fn unescape_xml(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

/// `com.amazonaws.ecr#ServerException:http://…` → `ServerException`.
fn bare_code(code: &str) -> String {
    let code = code.rsplit('#').next().unwrap_or(code);
    code.split(':').next().unwrap_or(code).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_read_in_every_format() {
        for (header, body, code, message) in [
            (
                None,
                r#"{"__type":"com.amazonaws.ecr#AccessDeniedException","message":"User: x is not authorized"}"#,
                "AccessDeniedException",
                "User: x is not authorized",
            ),
            (
                Some("UnauthorizedException:http://internal.amazon.com/"),
                r#"{"message":"Session token not found or invalid"}"#,
                "UnauthorizedException",
                "Session token not found or invalid",
            ),
            (
                None,
                r#"<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: a is not authorized &amp; more</Message></Error></ErrorResponse>"#,
                "AccessDenied",
                "User: a is not authorized & more",
            ),
            (
                None,
                r#"{"error":"invalid_grant","error_description":"Invalid refresh token"}"#,
                "invalid_grant",
                "Invalid refresh token",
            ),
            (None, r#"{"code":"NotAuthorized","message":"no"}"#, "NotAuthorized", "no"),
        ] {
            let expected = ServiceError { code: code.to_owned(), message: message.to_owned() };
            assert_eq!(ServiceError::parse(header, body.as_bytes()), Some(expected));
        }
        for body in ["", "<html><body>Proxy login</body></html>", "[]", "{}", "\u{0}"] {
            assert_eq!(ServiceError::parse(None, body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn what_go_refuses_of_tls_is_told_apart() {
        for (text, kind) in [
            ("x509: certificate signed by unknown authority", NetworkFailure::Tls),
            (
                "tls: failed to verify certificate: x509: certificate is valid for a.example, not b.example",
                NetworkFailure::TlsName,
            ),
            (
                "x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs",
                NetworkFailure::TlsName,
            ),
            (
                "x509: certificate has expired or is not yet valid: current time 2026-01-01T00:00:00Z is after 2025-01-01T00:00:00Z",
                NetworkFailure::TlsExpired,
            ),
            ("tls: first record does not look like a TLS handshake", NetworkFailure::TlsProtocol),
            ("remote error: tls: protocol version not supported", NetworkFailure::TlsProtocol),
            ("http: server gave HTTP response to HTTPS client", NetworkFailure::TlsProtocol),
        ] {
            assert_eq!(NetworkFailure::of_go(text), Some(kind), "{text}");
        }
    }

    #[test]
    fn pages_are_no_answers() {
        for (kind, expected) in [
            ("text/html", true),
            (" Text/HTML ; charset=utf-8", true),
            ("application/xhtml+xml", true),
            ("application/x-amz-json-1.1", false),
            ("text/xml", false),
            ("", false),
        ] {
            assert_eq!(is_page(kind), expected, "{kind}");
        }
    }

    #[test]
    fn network_failures_are_told_apart() {
        for (text, kind) in [
            (
                "dns error: failed to lookup address information: Name or service not known",
                NetworkFailure::Dns,
            ),
            (
                "client error (Connect): tcp connect error: Connection refused (os error 111)",
                NetworkFailure::Connect,
            ),
            ("invalid peer certificate: UnknownIssuer", NetworkFailure::Tls),
            (
                r#"invalid peer certificate: certificate not valid for name "a"; certificate is only valid for DnsName("b")"#,
                NetworkFailure::TlsName,
            ),
            ("invalid peer certificate: NotValidForName", NetworkFailure::TlsName),
            (
                "invalid peer certificate: certificate expired: verification time 2 (UNIX), but certificate is not valid after 1",
                NetworkFailure::TlsExpired,
            ),
            (
                "invalid peer certificate: certificate not valid yet: verification time 1 (UNIX)",
                NetworkFailure::TlsExpired,
            ),
            ("received corrupt message of type InvalidContentType", NetworkFailure::TlsProtocol),
            ("received fatal alert: ProtocolVersion", NetworkFailure::TlsProtocol),
            ("client error (Connect): tls handshake eof", NetworkFailure::Broken),
            ("HTTP connect timeout occurred after 3.1s", NetworkFailure::Timeout),
            ("tunnel error: unsuccessful", NetworkFailure::Proxy),
            ("connection closed before message completed", NetworkFailure::Broken),
        ] {
            assert_eq!(NetworkFailure::classify(text), kind, "{text}");
        }
    }
}
