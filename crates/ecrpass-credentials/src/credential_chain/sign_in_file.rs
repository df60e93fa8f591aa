//! What a file of `~/.aws/sso/cache` or `~/.aws/login/cache` says of a sign-in: until when it lasts, and never the token.

use ecrpass_core::time::{EpochSeconds, parse_rfc3339};
use serde::Deserialize;

use super::SignIn;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cached {
    /// Text in a sign-in to IAM Identity Center, credentials in that of `aws login`.
    access_token: serde_json::Value,
    #[serde(default)]
    expires_at: Option<String>,
    #[serde(default)]
    refresh_token: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    registration_expires_at: Option<String>,
}

/// A sign-in to IAM Identity Center. Source: botocore `tokens.py`.
pub fn sso(text: &str, now: EpochSeconds) -> SignIn {
    let Some(cached) = read(text) else { return SignIn::Missing };
    let registered = cached.registration_expires_at.as_deref().and_then(moment);
    let renewed = cached.refresh_token.is_some() && registered.is_some_and(|at| at > now);
    match cached.expires_at.as_deref().and_then(moment) {
        Some(end) if end > now => SignIn::Lasts(Some(end)),
        _ if renewed => SignIn::Lasts(None),
        Some(_) => SignIn::Ended,
        None => SignIn::Missing,
    }
}

/// The session of `aws login`; every tool renews one that is over, as long as AWS lets it.
pub fn login(text: &str, now: EpochSeconds) -> SignIn {
    let Some(cached) = read(text) else { return SignIn::Missing };
    let end = cached.access_token.get("expiresAt").and_then(|end| moment(end.as_str()?));
    match end {
        Some(end) if end > now => SignIn::Lasts(Some(end)),
        _ if cached.refresh_token.is_some() => SignIn::Lasts(None),
        _ => SignIn::Ended,
    }
}

fn read(text: &str) -> Option<Cached> {
    serde_json::from_str(text).ok()
}

/// The AWS CLI once wrote `UTC` in place of `Z`.
fn moment(text: &str) -> Option<EpochSeconds> {
    parse_rfc3339(&text.replace("UTC", "Z"))
}
