//! What the AWS SDK for JavaScript takes: a provider that finds nothing passes on to the next, most of what is wrong
//! with one included.
//!
//! Sources: @aws-sdk/credential-provider-node 3.972 `defaultProvider.ts`, @aws-sdk/credential-provider-ini
//! `resolveProfileData.ts` and its neighbours.

use super::javascript_ini::profiles;
use super::pick::{Base, Pick, Verdict, is_region, key, spoiled};
use super::prospects::Prospects;
use super::settings::{Section, Sections};
use crate::aws_config::FileKind;
use crate::credential_chain::precedence::SourceKind;
use crate::credential_chain::surroundings::Surroundings;

/// What a provider says that gives no credentials.
enum Failed {
    /// The next one is asked.
    Next(String),
    /// It ends here.
    Final(String),
}

struct JavaScript<'a> {
    surroundings: &'a Surroundings<'a>,
    prospects: &'a Prospects<'a>,
    sections: Sections,
}

/// What it takes.
pub(super) fn verdict(s: &Surroundings<'_>, prospects: &Prospects<'_>) -> Verdict {
    let sections = profiles(s.files.text(FileKind::Config), s.files.text(FileKind::Credentials));
    let js = JavaScript { surroundings: s, prospects, sections };
    let named = js.var("AWS_PROFILE");
    if named.is_none()
        && let Some(base) = js.environment_key()
    {
        return Ok(Some(Pick::of(SourceKind::Environment, base)));
    }
    let name = named.unwrap_or_else(|| "default".to_owned());
    let said = match js.resolve(&name, &[], false) {
        Ok(pick) => return Ok(Some(pick)),
        Err(Failed::Final(why)) => return Err(why),
        Err(Failed::Next(why)) => why,
    };
    if let (Some(token_file), Some(role)) = (js.var("AWS_WEB_IDENTITY_TOKEN_FILE"), js.var("AWS_ROLE_ARN")) {
        return Ok(Some(Pick::of(SourceKind::WebIdentity, Base::WebIdentity { token_file, role })));
    }
    match js.remote() {
        Ok(pick) => Ok(Some(pick)),
        Err(Failed::Final(why)) => Err(why),
        Err(Failed::Next(_)) if js.sections.get(&name).is_some() => Err(said),
        Err(Failed::Next(_)) => Ok(None),
    }
}

/// The region it would ask, and what says so.
pub(super) fn region(s: &Surroundings<'_>) -> Option<(String, String)> {
    // Set to nothing, it hides the profile's.
    if let Some(region) = s.environment.var("AWS_REGION") {
        return is_region(&region).then(|| (region, "AWS_REGION".to_owned()));
    }
    let sections = profiles(s.files.text(FileKind::Config), s.files.text(FileKind::Credentials));
    let name = s.environment.nonempty_var("AWS_PROFILE").unwrap_or_else(|| "default".to_owned());
    let region = sections.get(&name)?.filled("region").filter(|region| is_region(region))?.to_owned();
    Some((region, format!("profile `{name}`")))
}

impl JavaScript<'_> {
    fn var(&self, name: &str) -> Option<String> {
        self.surroundings.environment.nonempty_var(name)
    }

    fn environment_key(&self) -> Option<Base> {
        let id = self.var("AWS_ACCESS_KEY_ID")?;
        let secret = self.var("AWS_SECRET_ACCESS_KEY")?;
        let token = self.var("AWS_SESSION_TOKEN");
        let spoiled = spoiled(&id, &secret, token.as_deref());
        Some(Base::Key { id, has_token: token.is_some(), spoiled, expires: None })
    }

    /// `resolveProfileData`
    fn resolve(&self, name: &str, visited: &[String], forced: bool) -> Result<Pick, Failed> {
        let empty = Section::default();
        let data = self.sections.get(name).unwrap_or(&empty);
        let of = |base, decisive: &str| Pick::of_profile(name, base, data.setting(decisive));
        let get = |name: &str| data.get(name).map(str::to_owned);
        let keys = || of(key(data, &["aws_session_token"]), "aws_access_key_id");
        let has_keys = data.has("aws_access_key_id") && data.has("aws_secret_access_key");
        if !visited.is_empty() && has_keys {
            return Ok(keys());
        }
        let (source, named) = (get("source_profile"), get("credential_source"));
        if forced || (data.has("role_arn") && source.is_some() != named.is_some()) {
            return self.role(name, data, visited);
        }
        if has_keys {
            return Ok(keys());
        }
        if let (Some(token_file), Some(role)) = (get("web_identity_token_file"), get("role_arn")) {
            return Ok(of(Base::WebIdentity { token_file, role }, "web_identity_token_file"));
        }
        if let Some(command) = get("credential_process") {
            let pick = of(Base::Process { command }, "credential_process");
            return match self.prospects.check(self.surroundings, &pick) {
                Ok(()) => Ok(pick),
                Err(why) => Err(Failed::Next(why)),
            };
        }
        if SSO.iter().any(|name| data.has(name)) {
            return self.sso(name, data).map_err(Failed::Final);
        }
        if let Some(session) = get("login_session") {
            return Ok(of(Base::Login { session }, "login_session"));
        }
        Err(Failed::Next(format!(
            "Could not resolve credentials using profile: [{name}] in configuration/credentials file(s)."
        )))
    }

    /// `resolveAssumeRoleCredentials`
    fn role(&self, name: &str, data: &Section, visited: &[String]) -> Result<Pick, Failed> {
        let base = match data.filled("source_profile") {
            Some(source) if visited.iter().any(|seen| seen == source) => {
                return Err(Failed::Next(format!(
                    "Detected a cycle attempting to resolve credentials for profile {name}."
                )));
            }
            Some(source) => {
                let mut visited = visited.to_vec();
                visited.push(source.to_owned());
                let other = self.sections.get(source);
                let passes = other.is_some_and(|other| {
                    other.filled("role_arn").is_none() && other.filled("credential_source").is_some()
                });
                self.resolve(source, &visited, passes)
            }
            None => self.named_source(data.get("credential_source").unwrap_or_default(), name),
        };
        let Some(role) = data.filled("role_arn") else { return base };
        if data.filled("mfa_serial").is_some() {
            return Err(Failed::Final(format!(
                "Profile {name} requires multi-factor authentication, but no MFA code callback was provided."
            )));
        }
        Ok(base?.assuming(role, name, data.setting("role_arn")))
    }

    fn named_source(&self, source: &str, profile: &str) -> Result<Pick, Failed> {
        match source {
            "Environment" => match self.environment_key() {
                Some(base) => Ok(Pick::of(SourceKind::Environment, base)),
                None => Err(Failed::Next("Unable to find environment variable credentials.".to_owned())),
            },
            "EcsContainer" if self.names_container() => self.container(),
            "EcsContainer" => Err(Failed::Next(
                "The container metadata credential provider cannot be used unless the AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI environment variable is set".to_owned(),
            )),
            "Ec2InstanceMetadata" if self.prospects.instance_answers() => {
                Ok(Pick::of(SourceKind::InstanceMetadata, Base::InstanceMetadata))
            }
            "Ec2InstanceMetadata" => {
                Err(Failed::Next("Could not load credentials from instance metadata".to_owned()))
            }
            _ => Err(Failed::Next(format!(
                "Unsupported credential source in profile {profile}. Got {source}, expected EcsContainer or Ec2InstanceMetadata or Environment."
            ))),
        }
    }

    fn sso(&self, name: &str, data: &Section) -> Result<Pick, String> {
        let session = data.filled("sso_session");
        let section = match session {
            None => None,
            Some(session) => Some(
                self.sections
                    .get(&format!("sso-session.{session}"))
                    .ok_or_else(|| format!("there is no [sso-session {session}]"))?,
            ),
        };
        let get = |name: &str| match section {
            Some(section) if matches!(name, "sso_region" | "sso_start_url") => section.filled(name),
            _ => data.filled(name),
        };
        for setting in ["sso_start_url", "sso_account_id", "sso_region", "sso_role_name"] {
            if get(setting).is_none() {
                return Err(format!(
                    "Profile is configured with invalid SSO credentials: {setting} is missing"
                ));
            }
        }
        let of = |name: &str| get(name).unwrap_or_default().to_owned();
        let sign_in = session.map(str::to_owned).unwrap_or_else(|| of("sso_start_url"));
        let base = Base::Sso { sign_in, role: of("sso_role_name"), account: of("sso_account_id") };
        let decisive = if session.is_some() { "sso_session" } else { "sso_start_url" };
        Ok(Pick::of_profile(name, base, data.setting(decisive)))
    }

    fn names_container(&self) -> bool {
        let names = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];
        names.iter().any(|name| self.var(name).is_some())
    }

    fn container(&self) -> Result<Pick, Failed> {
        self.prospects.container(self.surroundings).map_err(Failed::Final)?;
        Ok(Pick::of(SourceKind::Container, Base::Container))
    }

    /// `remoteProvider`
    fn remote(&self) -> Result<Pick, Failed> {
        if self.names_container() {
            return self.container();
        }
        let disabled = self.var("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value != "false");
        if disabled {
            return Err(Failed::Next("EC2 Instance Metadata Service access disabled".to_owned()));
        }
        if self.prospects.instance_answers() {
            return Ok(Pick::of(SourceKind::InstanceMetadata, Base::InstanceMetadata));
        }
        Err(Failed::Next("Could not load credentials from any providers".to_owned()))
    }
}

const SSO: [&str; 5] = ["sso_start_url", "sso_account_id", "sso_session", "sso_region", "sso_role_name"];
