//! IAM Identity Center: the sign-in that the AWS CLI left in its cache, exchanged for a role's credentials.

use std::time::{Duration, UNIX_EPOCH};

use aws_config::sso::SsoTokenProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::token::ProvideToken;
use aws_types::region::Region;
use ecrpass_core::error_chain::error_chain;
use ecrpass_credentials::aws_config::AwsConfig;

use crate::files;
use crate::sdk::Transport;

/// The largest sign-in read, in bytes.
const MAX_SIGN_IN: u64 = 1024 * 1024;

/// The credentials of the role that a profile names; `session` is its `sso-session`, `None` for the older form.
pub(super) async fn credentials(
    transport: &Transport,
    config: &AwsConfig,
    profile: &str,
    session: Option<&str>,
) -> Result<Credentials, String> {
    let section = session.and_then(|session| config.sso_session(session));
    let own = config.profile(profile);
    let get = |name: &str| {
        let sections = [section.as_ref(), own.as_ref()];
        let found = sections.into_iter().flatten().filter_map(|section| section.get(name));
        let mut found = found.filter(|value| !value.is_empty());
        found.next().map(str::to_owned).ok_or_else(|| format!("`{name}` is missing"))
    };
    let (start_url, region) = (get("sso_start_url")?, Region::new(get("sso_region")?));
    // The older form is kept under the start URL. Source: botocore, `SSOTokenLoader`.
    let name = session.unwrap_or(&start_url);
    readable(name)?;
    let base = transport.sso_config().into_builder().region(region.clone()).build();
    let provider = SsoTokenProvider::builder()
        .configure(&base)
        .region(region)
        .session_name(name)
        .start_url(start_url.as_str())
        .build()
        .await;
    let token = provider.provide_token().await.map_err(|error| error_chain(&error))?;
    if !token.token().bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("the token of the sign-in contains characters that a token cannot have".to_owned());
    }
    let answer = aws_sdk_sso::Client::new(&base)
        .get_role_credentials()
        .role_name(get("sso_role_name")?)
        .account_id(get("sso_account_id")?)
        .access_token(token.token())
        .send()
        .await
        .map_err(|error| error_chain(&error))?;
    let role = answer.role_credentials.ok_or("IAM Identity Center answered without credentials")?;
    let expires = u64::try_from(role.expiration).ok().map(|at| UNIX_EPOCH + Duration::from_millis(at));
    Ok(Credentials::new(
        role.access_key_id.unwrap_or_default(),
        role.secret_access_key.unwrap_or_default(),
        role.session_token,
        expires,
        "sso",
    ))
}

/// The SDK reads the sign-in itself, and would wait for a pipe or read a device without end.
fn readable(name: &str) -> Result<(), String> {
    let Some(home) = files::home() else { return Err("there is no home directory".to_owned()) };
    let path = files::sso_sign_in(&home, name);
    match std::fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() && metadata.len() <= MAX_SIGN_IN => Ok(()),
        Ok(_) => Err(format!("{} is not the file of an SSO sign-in", path.display())),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}
