//! The IAM Identity Center session of a profile, as `aws sso login` left it on disk.

use ecrpass_aws::files::sso_sign_in;
use ecrpass_clients::client::FileState;
use ecrpass_core::environment::Environment;
use ecrpass_core::time::{EpochSeconds, parse_rfc3339};
use ecrpass_credentials::aws_config::AwsConfig;
use serde::Deserialize;

/// How long the session of a profile lasts, in seconds; `None` where the profile has none, or none was begun.
///
/// Source: botocore `tokens.py`.
pub fn seconds_left(
    environment: &dyn Environment,
    config: &AwsConfig,
    profile: &str,
    now: EpochSeconds,
) -> Option<i64> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Cached {
        expires_at: String,
        #[serde(default)]
        refresh_token: Option<serde::de::IgnoredAny>,
        #[serde(default)]
        registration_expires_at: Option<String>,
    }
    let profile = config.profile(profile)?;
    let key =
        profile.get("sso_session").or_else(|| profile.get("sso_start_url")).filter(|key| !key.is_empty())?;
    let sign_in = sso_sign_in(&environment.home()?, key);
    let FileState::Text(text) = FileState::read(environment, &sign_in) else {
        return None;
    };
    let cached: Cached = serde_json::from_str(&text).ok()?;
    // The AWS CLI once wrote `UTC` in place of `Z`.
    let moment = |text: &str| parse_rfc3339(&text.replace("UTC", "Z"));
    // The token of a session is renewed without the user, as long as the client's registration lasts.
    let registered = cached.registration_expires_at.as_deref().and_then(moment);
    if cached.refresh_token.is_some() && registered.is_some_and(|at| at > now) {
        return None;
    }
    Some(moment(&cached.expires_at)? - now)
}
