//! What the AWS CLI and boto3 take: botocore asks one provider after the other, and what is wrong with one ends it.
//!
//! Source: botocore 1.44 `credentials.py`, `session.py`.

use super::pick::{Base, Pick, Verdict, is_region, key, spoiled};
use super::prospects::Prospects;
use super::python_ini::{Profiles, profiles, sections};
use super::settings::Section;
use crate::aws_config::FileKind;
use crate::credential_chain::precedence::SourceKind;
use crate::credential_chain::surroundings::Surroundings;

const TOKENS: [&str; 2] = ["aws_security_token", "aws_session_token"];

struct Python<'a> {
    surroundings: &'a Surroundings<'a>,
    prospects: &'a Prospects<'a>,
    files: Profiles,
}

/// What it takes; `profile` as given on its command line.
pub(super) fn verdict(s: &Surroundings<'_>, prospects: &Prospects<'_>, profile: Option<&str>) -> Verdict {
    let read = |kind, name: &str| {
        sections(s.files.text(kind), kind)
            .map_err(|bad| format!("Unable to parse config file: {name}, line {}: {}", bad.line, bad.why))
    };
    let config = read(FileKind::Config, "the config file")?;
    let files = profiles(&config, &read(FileKind::Credentials, "the credentials file")?);
    // Set, if only to nothing, is named.
    let named = profile.map(str::to_owned).or_else(|| named(s));
    if let Some(name) = named.as_ref().filter(|name| files.profiles.get(name).is_none()) {
        return Err(format!("The config profile ({name}) could not be found"));
    }
    let name = named.unwrap_or_else(|| "default".to_owned());
    // Looked at for its token too, whatever the credentials are. Source: botocore `tokens.py#SSOTokenProvider`.
    if let Some(session) = files.profiles.get(&name).and_then(|profile| profile.get("sso_session")) {
        let section = files.sessions.get(session);
        if section.is_none_or(|section| !section.has("sso_start_url") || !section.has("sso_region")) {
            return Err(format!(
                "The profile \"{name}\" is configured to use the SSO token provider but the \"{session}\" sso_session configuration does not exist, or is not whole."
            ));
        }
    }
    Python { surroundings: s, prospects, files }.chain(&name, profile.is_some())
}

/// The profile named by a variable.
fn named(s: &Surroundings<'_>) -> Option<String> {
    ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"].iter().find_map(|name| s.environment.var(name))
}

/// The region it would ask, and what says so.
pub(super) fn region(s: &Surroundings<'_>, profile: Option<&str>) -> Option<(String, String)> {
    // Set to nothing, it hides the profile's.
    if let Some(region) = s.environment.var("AWS_DEFAULT_REGION") {
        return is_region(&region).then(|| (region, "AWS_DEFAULT_REGION".to_owned()));
    }
    let read = |kind| sections(s.files.text(kind), kind).unwrap_or_default();
    let files = profiles(&read(FileKind::Config), &read(FileKind::Credentials));
    let name = profile.map(str::to_owned).or_else(|| named(s)).unwrap_or_else(|| "default".to_owned());
    let region = files.profiles.get(&name)?.filled("region").filter(|region| is_region(region))?.to_owned();
    Some((region, format!("profile `{name}`")))
}

impl Python<'_> {
    fn var(&self, name: &str) -> Option<String> {
        self.surroundings.environment.nonempty_var(name)
    }

    fn chain(&self, name: &str, given: bool) -> Verdict {
        // A profile on the command line switches the variables off.
        if !given && let Some(base) = self.environment_key()? {
            return Ok(Some(Pick::of(SourceKind::Environment, base)));
        }
        let empty = Section::default();
        let profile = self.files.profiles.get(name).unwrap_or(&empty);
        if is_role(profile) {
            return self.role(name, &mut vec![name.to_owned()]).map(Some);
        }
        if let Some(pick) = self.of_profile(name, !given)? {
            return Ok(Some(pick));
        }
        if self.names_container() {
            self.container()?;
            return Ok(Some(Pick::of(SourceKind::Container, Base::Container)));
        }
        Ok(self.instance().then(|| Pick::of(SourceKind::InstanceMetadata, Base::InstanceMetadata)))
    }

    fn environment_key(&self) -> Result<Option<Base>, String> {
        let Some(id) = self.var("AWS_ACCESS_KEY_ID") else { return Ok(None) };
        let Some(secret) = self.var("AWS_SECRET_ACCESS_KEY") else {
            return Err("Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY".to_owned());
        };
        let token = ["AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"].iter().find_map(|name| self.var(name));
        let expires = self.var("AWS_CREDENTIAL_EXPIRATION").and_then(|text| super::pick::moment(&text));
        if expires.is_some_and(|end| end <= self.prospects.now) {
            return Err(
                "the credentials of the environment have expired, by AWS_CREDENTIAL_EXPIRATION".to_owned()
            );
        }
        let spoiled = spoiled(&id, &secret, token.as_deref());
        Ok(Some(Base::Key { id, has_token: token.is_some(), spoiled, expires }))
    }

    /// The providers that read one profile, in their order.
    fn of_profile(&self, name: &str, variables: bool) -> Verdict {
        let empty = Section::default();
        let profile = self.files.profiles.get(name).unwrap_or(&empty);
        let get = |name: &str| profile.filled(name).map(str::to_owned);
        // A variable that is set to nothing hides the setting.
        let either = |variable: &str, setting: &str| match self.surroundings.environment.var(variable) {
            Some(value) if variables => Some(value).filter(|value| !value.is_empty()),
            _ => get(setting),
        };
        if let Some(token_file) = either("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file") {
            let role = either("AWS_ROLE_ARN", "role_arn").ok_or(
                "the profile or the environment is configured for a web identity but has no role ARN configured",
            )?;
            let of_variable = variables && self.var("AWS_WEB_IDENTITY_TOKEN_FILE").is_some();
            let base = Base::WebIdentity { token_file, role };
            return Ok(Some(if of_variable {
                Pick::of(SourceKind::WebIdentity, base)
            } else {
                Pick::of_profile(name, base, profile.setting("web_identity_token_file"))
            }));
        }
        if let Some(base) = self.sso(name, profile)? {
            let decisive = ["sso_session", "sso_start_url"].iter().find_map(|name| profile.setting(name));
            return Ok(Some(Pick::of_profile(name, base, decisive)));
        }
        if let Some(section) = self.files.credentials.get(name)
            && section.has("aws_access_key_id")
        {
            return self.key(name, section);
        }
        if profile.has("login_session") {
            let session = get("login_session").unwrap_or_default();
            return Ok(Some(Pick::of_profile(
                name,
                Base::Login { session },
                profile.setting("login_session"),
            )));
        }
        if profile.has("credential_process") {
            let command = get("credential_process").unwrap_or_default();
            let base = Base::Process { command };
            return Ok(Some(Pick::of_profile(name, base, profile.setting("credential_process"))));
        }
        match self.files.config.get(name).filter(|section| section.has("aws_access_key_id")) {
            Some(section) => self.key(name, section),
            None => Ok(None),
        }
    }

    fn key(&self, name: &str, section: &Section) -> Verdict {
        if !section.has("aws_secret_access_key") {
            return Err(format!(
                "Partial credentials found in profile `{name}`, missing: aws_secret_access_key"
            ));
        }
        if ["aws_access_key_id", "aws_secret_access_key"].iter().any(|part| section.filled(part).is_none()) {
            return Err(format!("part of the access key of profile `{name}` is empty"));
        }
        Ok(Some(Pick::of_profile(name, key(section, &TOKENS), section.setting("aws_access_key_id"))))
    }

    fn sso(&self, name: &str, profile: &Section) -> Result<Option<Base>, String> {
        if !profile.has("sso_role_name") && !profile.has("sso_account_id") {
            return Ok(None);
        }
        let session = profile.get("sso_session");
        let section = match session {
            None => None,
            Some(session) => Some(
                self.files
                    .sessions
                    .get(session)
                    .ok_or_else(|| format!("The specified sso-session does not exist: \"{session}\""))?,
            ),
        };
        for setting in section.into_iter().flat_map(|section| &section.settings) {
            if profile.get(&setting.name).is_some_and(|own| own != setting.value) {
                return Err(format!(
                    "The value for {} is inconsistent between profile `{name}` and sso-session",
                    setting.name
                ));
            }
        }
        let get = |name: &str| profile.get(name).or_else(|| section?.get(name)).map(str::to_owned);
        let needed = ["sso_role_name", "sso_account_id", "sso_start_url", "sso_region"];
        let missing: Vec<_> = needed.into_iter().filter(|name| get(name).is_none()).collect();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            return Err(format!(
                "The profile \"{name}\" is configured to use SSO but is missing required configuration: {missing}"
            ));
        }
        let sign_in = session.map(str::to_owned).or_else(|| get("sso_start_url")).unwrap_or_default();
        let of = |name: &str| get(name).unwrap_or_default();
        Ok(Some(Base::Sso { sign_in, role: of("sso_role_name"), account: of("sso_account_id") }))
    }

    /// A role of a profile, after its source.
    fn role(&self, name: &str, visited: &mut Vec<String>) -> Result<Pick, String> {
        let empty = Section::default();
        let profile = self.files.profiles.get(name).unwrap_or(&empty);
        let base = match (profile.get("source_profile"), profile.get("credential_source")) {
            (Some(_), Some(_)) => {
                return Err(format!(
                    "The profile \"{name}\" contains both source_profile and credential_source."
                ));
            }
            (None, None) => {
                return Err(
                    "Partial credentials found in assume-role, missing: source_profile or credential_source"
                        .to_owned(),
                );
            }
            (None, Some(source)) => self.named_source(source, name)?,
            (Some(source), None) => self.source(source, name, visited)?,
        };
        if profile.has("mfa_serial") {
            return Err(format!("asks for the MFA code of profile `{name}` on the terminal"));
        }
        Self::sendable(profile)?;
        Ok(base.assuming(profile.get("role_arn").unwrap_or_default(), name, profile.setting("role_arn")))
    }

    /// What it looks at itself before it asks for a role. Source: botocore `validate.py`, with the least lengths of
    /// `data/sts/2011-06-15/service-2.json`.
    fn sendable(profile: &Section) -> Result<(), String> {
        let short = |name: &str, least| {
            profile
                .get(name)
                .is_some_and(|value| value.chars().count() < least)
                .then(|| format!("Parameter validation failed: {name} has fewer than {least} characters"))
        };
        let brief = profile
            .get("duration_seconds")
            .and_then(|value| value.trim().parse::<i64>().ok())
            .is_some_and(|seconds| seconds < 900);
        let brief = brief.then(|| "Parameter validation failed: duration_seconds is below 900".to_owned());
        let wrong = short("role_arn", 20)
            .or_else(|| short("role_session_name", 2))
            .or_else(|| short("external_id", 2))
            .or(brief);
        wrong.map_or(Ok(()), Err)
    }

    fn source(&self, source: &str, parent: &str, visited: &mut Vec<String>) -> Result<Pick, String> {
        let Some(profile) = self.files.profiles.get(source) else {
            return Err(format!(
                "The source_profile \"{source}\" referenced in the profile \"{parent}\" does not exist."
            ));
        };
        let has_keys = profile.has("aws_access_key_id") || profile.has("aws_secret_access_key");
        let seen = visited.iter().any(|name| name == source);
        if seen && (source != parent || !has_keys) {
            return Err(format!(
                "Infinite loop in credential configuration detected. Attempting to load from profile {source} which has already been visited."
            ));
        }
        visited.push(source.to_owned());
        if !has_keys && is_role(profile) {
            return self.role(source, visited);
        }
        let pick = self.of_profile(source, false)?;
        pick.ok_or_else(|| format!("The source profile \"{source}\" must have credentials."))
    }

    fn named_source(&self, source: &str, profile: &str) -> Result<Pick, String> {
        let none = || {
            format!(
                "Error when retrieving credentials from {source}: No credentials found in credential_source referenced in profile {profile}"
            )
        };
        match source {
            "Environment" => {
                let base = self.environment_key()?.ok_or_else(none)?;
                Ok(Pick::of(SourceKind::Environment, base))
            }
            "EcsContainer" if self.names_container() => {
                self.container()?;
                Ok(Pick::of(SourceKind::Container, Base::Container))
            }
            "Ec2InstanceMetadata" if self.instance() => {
                Ok(Pick::of(SourceKind::InstanceMetadata, Base::InstanceMetadata))
            }
            "EcsContainer" | "Ec2InstanceMetadata" => Err(none()),
            _ => Err(format!(
                "The credential source \"{source}\" referenced in profile \"{profile}\" is not valid."
            )),
        }
    }

    /// Whether a variable names a container endpoint, if only an empty one.
    fn names_container(&self) -> bool {
        let names = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];
        names.iter().any(|name| self.surroundings.environment.var(name).is_some())
    }

    fn container(&self) -> Result<(), String> {
        self.prospects.container(self.surroundings)
    }

    fn instance(&self) -> bool {
        let off =
            self.var("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        !off && self.prospects.instance_answers()
    }
}

/// Whether a profile is a role's that another's credentials are for.
fn is_role(profile: &Section) -> bool {
    profile.has("role_arn") && !profile.has("web_identity_token_file")
}
