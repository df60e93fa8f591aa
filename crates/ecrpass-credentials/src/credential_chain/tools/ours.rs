//! What our own helper takes: the source it would pick, told like that of the other tools.

use ecrpass_core::Secret;

use super::pick::{Base, Pick, Verdict, spoiled};
use super::prospects::Prospects;
use crate::credential_chain::precedence::SourceKind;
use crate::credential_chain::profile::{ProfileKind, ProfileSource};
use crate::credential_chain::selection::{Override, Source};
use crate::credential_chain::surroundings::Surroundings;
use crate::refusal::reason::Refusal;

/// What it takes; `profile` as a registry's own settings name it.
pub(super) fn verdict(s: &Surroundings<'_>, prospects: &Prospects<'_>, profile: Option<&str>) -> Verdict {
    let over = Override { profile: profile.map(str::to_owned), ..Override::default() };
    let told = |refusal: Refusal| format!("{} Next: {}", refusal.what, refusal.next);
    let selection = s.select(&over).map_err(told)?;
    s.check(&selection).map_err(told)?;
    Ok(Some(match selection.source {
        Source::Environment(key) => Pick::of(
            SourceKind::Environment,
            Base::Key {
                spoiled: spoiled(
                    &key.id,
                    key.secret.expose(),
                    key.session_token.as_ref().map(Secret::expose),
                ),
                has_token: key.session_token.is_some(),
                id: key.id,
                expires: None,
            },
        ),
        Source::WebIdentity { token_file, role_arn } => {
            Pick::of(SourceKind::WebIdentity, Base::WebIdentity { token_file, role: role_arn })
        }
        // Comes with a request of the kubelet's, and is no place that anything is looked for in.
        Source::ServiceAccount(_) => return Ok(None),
        Source::Profile(profile) => return of_profile(s, prospects, &profile),
        Source::Container { .. } => Pick::of(SourceKind::Container, Base::Container),
        Source::InstanceMetadata if prospects.instance_answers() => {
            Pick::of(SourceKind::InstanceMetadata, Base::InstanceMetadata)
        }
        Source::InstanceMetadata => return Ok(None),
    }))
}

fn of_profile(s: &Surroundings<'_>, prospects: &Prospects<'_>, source: &ProfileSource) -> Verdict {
    let name = source.last();
    let profile = s.files.profile(name);
    let setting = |wanted: &str| profile.as_ref().and_then(|profile| profile.setting(wanted));
    let get = |wanted: &str| setting(wanted).map(|setting| setting.value().to_owned()).unwrap_or_default();
    let (base, decisive) = match &source.base {
        ProfileKind::StaticKeys => {
            let (id, token) = (get("aws_access_key_id"), get("aws_session_token"));
            let spoiled = spoiled(&id, &get("aws_secret_access_key"), Some(&token));
            let has_token = !token.is_empty();
            let expires = super::pick::EXPIRY.iter().find_map(|name| super::pick::moment(&get(name)));
            (Base::Key { id, has_token, spoiled, expires }, "aws_access_key_id")
        }
        ProfileKind::Process { .. } => {
            (Base::Process { command: get("credential_process") }, "credential_process")
        }
        ProfileKind::Sso { session } => {
            let sign_in = session.clone().unwrap_or_else(|| get("sso_start_url"));
            let base = Base::Sso { sign_in, role: get("sso_role_name"), account: get("sso_account_id") };
            (base, if session.is_some() { "sso_session" } else { "sso_start_url" })
        }
        ProfileKind::LoginSession => (Base::Login { session: get("login_session") }, "login_session"),
        ProfileKind::WebIdentity { token_file } => {
            let base = Base::WebIdentity { token_file: token_file.clone(), role: get("role_arn") };
            (base, "web_identity_token_file")
        }
        ProfileKind::CredentialSource { source: named } => {
            (named_source(s, prospects, named, name)?, "credential_source")
        }
        ProfileKind::AssumeRole { .. } => return Err("no credentials at the end of the chain".to_owned()),
    };
    let at = setting(decisive).map(|setting| (setting.file, setting.property.line));
    let mut pick = Pick { at, ..Pick::of_profile(name, base, None) };
    // The last profile assumes its role too where its credentials have a name of their own.
    let own = usize::from(matches!(source.base, ProfileKind::CredentialSource { .. }));
    let names = std::iter::once(&source.name).chain(&source.chain).take(source.chain.len() + own);
    for name in names.collect::<Vec<_>>().into_iter().rev() {
        let profile = s.files.profile(name);
        if let Some(role) = profile.as_ref().and_then(|profile| profile.setting("role_arn")) {
            pick.roles.push(role.value().to_owned());
            pick.profile = Some(name.clone());
            pick.at = Some((role.file, role.property.line));
        }
    }
    Ok(Some(pick))
}

fn named_source(
    s: &Surroundings<'_>,
    prospects: &Prospects<'_>,
    source: &str,
    profile: &str,
) -> Result<Base, String> {
    match source.to_ascii_lowercase().as_str() {
        "environment" => {
            let id = s.first_var(&["AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"]);
            let secret = s.first_var(&["AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"]);
            match (id, secret) {
                (Some(id), Some(secret)) => {
                    let token = s.var("AWS_SESSION_TOKEN");
                    let spoiled = spoiled(id.trim(), secret.trim(), token.as_deref().map(str::trim));
                    Ok(Base::Key {
                        id: id.trim().to_owned(),
                        has_token: token.is_some(),
                        spoiled,
                        expires: None,
                    })
                }
                _ => Err("the environment has no access key".to_owned()),
            }
        }
        "ecscontainer" if s.container_endpoint().is_none() => {
            Err("no variable names a container endpoint".to_owned())
        }
        "ecscontainer" => Ok(Base::Container),
        "ec2instancemetadata" if !s.metadata_disabled() && prospects.instance_answers() => {
            Ok(Base::InstanceMetadata)
        }
        "ec2instancemetadata" => Err("instance metadata gives no credentials".to_owned()),
        _ => Err(format!("`credential_source = {source}` of profile `{profile}` is not known")),
    }
}
