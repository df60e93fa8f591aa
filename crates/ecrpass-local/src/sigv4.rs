//! Verifies AWS signatures by making them again with the official signer and comparing.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use ecrpass_core::time::{self, EpochSeconds};
use hyper::header::AUTHORIZATION;

use crate::http::Request;
use crate::principals::{Caller, KnownKey};
use crate::state::State;

/// What a signature must be for.
pub(crate) struct Expected<'a> {
    /// The signing name, `ecr` for example.
    pub(crate) service: &'a str,
    /// The region of the host; `None` where the host names none, as on loopback.
    pub(crate) region: Option<&'a str>,
    /// How far the clocks may be apart, in minutes; services differ.
    pub(crate) window: i64,
}

/// A request whose signature is right.
pub(crate) struct Verified {
    pub(crate) caller: Caller,
    /// The region it was signed for.
    pub(crate) region: String,
}

/// Why a signature was refused; each protocol has its own words for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No signature at all.
    Missing,
    /// The `Authorization` header is not a whole signature.
    Incomplete(String),
    /// The access key, or its session token, is not known.
    UnknownKey,
    /// The session has ended.
    ExpiredSession,
    /// The clocks are too far apart; the service's sentence.
    Skew(String),
    /// Signed for another region or service; the service's sentence.
    Scope(String),
    /// The signature is another one.
    Mismatch,
}

/// Verifies the signature in the `Authorization` header.
pub(crate) fn verify(
    state: &State,
    request: &Request,
    body: &[u8],
    expected: &Expected<'_>,
) -> Result<Verified, Refusal> {
    let header = request.headers().get(AUTHORIZATION).ok_or(Refusal::Missing)?;
    let signature = Signature::parse(header.to_str().unwrap_or_default())?;
    let key = state.principals.key(signature.key_id).ok_or(Refusal::UnknownKey)?;
    let token = request.header("x-amz-security-token");
    if key.session_token.as_ref().map_or("", |token| token.expose()) != token {
        return Err(Refusal::UnknownKey);
    }
    let now = state.clock.now();
    if key.expires_at.is_some_and(|end| end <= now) {
        return Err(Refusal::ExpiredSession);
    }
    let date = request.header("x-amz-date");
    let at = time::parse_basic(date)
        .ok_or_else(|| Refusal::Incomplete("Date must be in ISO-8601 'basic format'.".to_owned()))?;
    check_skew(date, at, now, expected.window)?;
    check_scope(&signature, date, expected)?;
    let made_again = sign_again(request, body, &signature, &key, at).ok_or(Refusal::Mismatch)?;
    if made_again != signature.signature {
        return Err(Refusal::Mismatch);
    }
    Ok(Verified {
        caller: Caller {
            principal: key.principal,
            key_id: signature.key_id.to_owned(),
            is_session: key.session_token.is_some(),
        },
        region: signature.region.to_owned(),
    })
}

/// The parts of an `Authorization` header.
struct Signature<'a> {
    key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Signature<'a> {
    fn parse(header: &'a str) -> Result<Self, Refusal> {
        let incomplete = |what: &str| {
            Refusal::Incomplete(format!(
                "Authorization header requires '{what}' parameter. Authorization=AWS4-HMAC-SHA256"
            ))
        };
        let Some(fields) = header.strip_prefix("AWS4-HMAC-SHA256") else { return Err(Refusal::Missing) };
        let field = |name: &str| {
            fields
                .split(',')
                .filter_map(|field| field.trim().split_once('='))
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value)
                .ok_or_else(|| incomplete(name))
        };
        let credential = field("Credential")?;
        let scope: Vec<&str> = credential.split('/').collect();
        let [key_id, date, region, service, "aws4_request"] = scope[..] else {
            return Err(Refusal::Incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term"
                    .to_owned(),
            ));
        };
        Ok(Self {
            key_id,
            date,
            region,
            service,
            signed_headers: field("SignedHeaders")?.split(';').collect(),
            signature: field("Signature")?,
        })
    }
}

fn check_skew(date: &str, at: EpochSeconds, now: EpochSeconds, minutes: i64) -> Result<(), Refusal> {
    let window = minutes * 60;
    let server = time::basic(now);
    if at < now - window {
        let earliest = time::basic(now - window);
        Err(Refusal::Skew(format!(
            "Signature expired: {date} is now earlier than {earliest} ({server} - {minutes} min.)"
        )))
    } else if at > now + window {
        let latest = time::basic(now + window);
        Err(Refusal::Skew(format!(
            "Signature not yet current: {date} is still later than {latest} ({server} + {minutes} min.)"
        )))
    } else {
        Ok(())
    }
}

fn check_scope(signature: &Signature<'_>, date: &str, expected: &Expected<'_>) -> Result<(), Refusal> {
    if !date.starts_with(signature.date) || signature.date.len() != 8 {
        return Err(Refusal::Scope(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}', from '{date}'.",
            signature.date,
            date.get(..8).unwrap_or_default()
        )));
    }
    if signature.service != expected.service {
        return Err(Refusal::Scope(format!(
            "Credential should be scoped to correct service: '{}'.",
            expected.service
        )));
    }
    match expected.region {
        Some(region) if region != signature.region => Err(Refusal::Scope(format!(
            "Credential should be scoped to a valid region, not '{}'.",
            signature.region
        ))),
        _ => Ok(()),
    }
}

/// Signs the request the way the client should have; `None` when it cannot be signed as it claims to be.
fn sign_again(
    request: &Request,
    body: &[u8],
    signature: &Signature<'_>,
    key: &KnownKey,
    at: EpochSeconds,
) -> Option<String> {
    let is_signed = |name: &str| signature.signed_headers.contains(&name);
    if !is_signed("host") || !is_signed("x-amz-date") {
        return None;
    }
    let mut headers = Vec::new();
    for &name in &signature.signed_headers {
        // The signer adds the session token itself, from the credentials.
        if name == "x-amz-security-token" {
            continue;
        }
        let mut values = request.headers().get_all(name).iter().peekable();
        values.peek()?;
        for value in values {
            headers.push((name, value.to_str().ok()?));
        }
    }
    let token = key.session_token.as_ref().filter(|_| is_signed("x-amz-security-token"));
    let identity = Credentials::new(
        signature.key_id,
        key.secret.expose(),
        token.map(|token| token.expose().to_owned()),
        None,
        "ecrpass-local",
    )
    .into();
    let mut settings = SigningSettings::default();
    // Exactly the headers the client says it signed, no fewer.
    settings.excluded_headers = None;
    let time = UNIX_EPOCH + Duration::from_secs(u64::try_from(at).ok()?);
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(signature.region)
        .name(signature.service)
        .time(time)
        .settings(settings)
        .build()
        .ok()?
        .into();
    let path = request.parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let uri = format!("http://{}{path}", request.authority());
    let signable =
        SignableRequest::new(request.method().as_str(), uri, headers.into_iter(), SignableBody::Bytes(body))
            .ok()?;
    Some(sign(signable, &params).ok()?.into_parts().1)
}
