//! What Amazon's helper takes: the AWS SDK for Go reads the profile first, whatever is used in the end, and then picks
//! one source and stays with it.
//!
//! Sources: aws-sdk-go-v2 `config` 1.32.10, `shared_config.go` and `resolve_credentials.go`, as
//! amazon-ecr-credential-helper 0.12.0 uses them.

use super::go_ini::{PARTIAL, profiles};
use super::pick::{Base, Pick, Verdict, key, spoiled};
use super::prospects::Prospects;
use super::settings::{Section, Sections};
use crate::aws_config::FileKind;
use crate::credential_chain::precedence::SourceKind;
use crate::credential_chain::surroundings::Surroundings;

/// A profile, as far as it was linked to its sources.
struct Linked {
    name: String,
    settings: Section,
    source: Option<Box<Linked>>,
}

struct Go<'a> {
    surroundings: &'a Surroundings<'a>,
    prospects: &'a Prospects<'a>,
    sections: Sections,
}

/// What it takes.
pub(super) fn verdict(s: &Surroundings<'_>, prospects: &Prospects<'_>) -> Verdict {
    // `~` in a variable is not the home directory here, and a file that is not there is an empty one.
    let text = |kind, variable: &str| match s.environment.var(variable) {
        Some(path) if path.starts_with('~') => "",
        _ => s.files.text(kind),
    };
    let sections = profiles(
        text(FileKind::Config, "AWS_CONFIG_FILE"),
        text(FileKind::Credentials, "AWS_SHARED_CREDENTIALS_FILE"),
    );
    let go = Go { surroundings: s, prospects, sections };
    let named = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].iter().find_map(|name| go.var(name));
    let name = named.clone().unwrap_or_else(|| "default".to_owned());
    let linked = if go.sections.get(&name).is_some() {
        go.link(&name, &mut Vec::new())?
    } else if named.is_some() {
        return Err(format!("failed to get shared config profile, {name}"));
    } else {
        Linked { name, settings: Section::default(), source: None }
    };
    if let Some(base) = go.environment_key() {
        return Ok(Some(Pick::of(SourceKind::Environment, base)));
    }
    if let Some(token_file) = go.var("AWS_WEB_IDENTITY_TOKEN_FILE") {
        let role = go.var("AWS_ROLE_ARN").ok_or("role ARN is not set")?;
        return Ok(Some(Pick::of(SourceKind::WebIdentity, Base::WebIdentity { token_file, role })));
    }
    go.resolve(&linked)
}

impl Go<'_> {
    fn var(&self, name: &str) -> Option<String> {
        self.surroundings.environment.nonempty_var(name)
    }

    fn environment_key(&self) -> Option<Base> {
        let first = |names: [&str; 2]| names.iter().find_map(|name| self.var(name));
        let id = first(["AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"])?;
        let secret = first(["AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"])?;
        let token = self.var("AWS_SESSION_TOKEN");
        let spoiled = spoiled(&id, &secret, token.as_deref());
        Some(Base::Key { id, has_token: token.is_some(), spoiled, expires: None })
    }

    /// `setFromIniSections`: a profile and its sources, checked on the way.
    fn link(&self, name: &str, seen: &mut Vec<String>) -> Result<Linked, String> {
        let section = self.sections.get(name).ok_or("failed to get shared config profile")?;
        if section.has(PARTIAL) {
            return Err(format!("Error using profile: partial credentials found for profile {name}"));
        }
        let mut linked = Linked { name: name.to_owned(), settings: section.clone(), source: None };
        let settings = &mut linked.settings;
        if !has_keys(settings) {
            KEY.iter().for_each(|name| settings.remove(name));
        }
        if seen.iter().any(|other| other == name) {
            // The second time, only what gives credentials counts.
            ASSUME.iter().for_each(|name| settings.remove(name));
        } else {
            let needs = ["source_profile", "credential_source", "web_identity_token_file"];
            let kind = needs.into_iter().find(|name| settings.filled(name).is_some());
            if let Some(kind) = kind.filter(|_| settings.filled("role_arn").is_none()) {
                return Err(format!("credential type {kind} requires role_arn, profile {name}"));
            }
        }
        if !seen.is_empty() && has_keys(settings) {
            return Ok(linked);
        }
        seen.push(name.to_owned());
        let kinds = ["source_profile", "credential_source", "credential_process", "web_identity_token_file"];
        if kinds.iter().filter(|name| settings.filled(name).is_some()).count() > 1 {
            return Err(
                "only one credential type may be specified per profile: source profile, credential source, credential process, web identity token".to_owned(),
            );
        }
        if let Some(source) = settings.filled("source_profile").map(str::to_owned) {
            OWN.iter().chain(&KEY).for_each(|name| settings.remove(name));
            let role = settings.get("role_arn").unwrap_or_default().to_owned();
            let failed = |why: &str| format!("failed to load assume role {role}, of profile {source}, {why}");
            if self.sections.get(&source).is_none() {
                return Err(failed(&format!("failed to get shared config profile, {source}")));
            }
            let inner = self.link(&source, seen)?;
            if !has_credentials(&inner.settings) {
                return Err(failed("it has no credentials"));
            }
            linked.source = Some(Box::new(inner));
        }
        if let Some(session) = linked.settings.filled("sso_session")
            && self.sections.get(&format!("sso-session {}", session.trim())).is_none()
        {
            return Err(format!("failed to find SSO session section, {session}"));
        }
        Ok(linked)
    }

    /// `resolveCredsFromProfile`: one source, by the first setting that is there.
    fn resolve(&self, linked: &Linked) -> Verdict {
        let (name, settings) = (linked.name.as_str(), &linked.settings);
        let of = |base, decisive: &str| Pick::of_profile(name, base, settings.setting(decisive));
        let get = |name: &str| settings.filled(name).map(str::to_owned);
        let pick = if let Some(source) = &linked.source {
            self.resolve(source)?
        } else if has_keys(settings) {
            Some(of(key(settings, &["aws_session_token"]), "aws_access_key_id"))
        } else if let Some(source) = get("credential_source") {
            self.named_source(&source)?
        } else if let Some(token_file) = get("web_identity_token_file") {
            let role = get("role_arn").ok_or("role ARN is not set")?;
            return Ok(Some(of(Base::WebIdentity { token_file, role }, "web_identity_token_file")));
        } else if SSO.iter().any(|name| get(name).is_some()) {
            let base = self.sso(name, settings)?;
            Some(of(base, if get("sso_session").is_some() { "sso_session" } else { "sso_start_url" }))
        } else if let Some(session) = get("login_session") {
            Some(of(Base::Login { session }, "login_session"))
        } else if let Some(command) = get("credential_process") {
            Some(of(Base::Process { command }, "credential_process"))
        } else if self.container()? {
            Some(Pick::of(SourceKind::Container, Base::Container))
        } else {
            self.instance().then(|| Pick::of(SourceKind::InstanceMetadata, Base::InstanceMetadata))
        };
        let (Some(role), Some(pick)) = (get("role_arn"), pick.clone()) else { return Ok(pick) };
        if get("mfa_serial").is_some() {
            return Err("assume role with MFA enabled, but AssumeRoleTokenProvider session option not set."
                .to_owned());
        }
        Ok(Some(pick.assuming(&role, name, settings.setting("role_arn"))))
    }

    fn named_source(&self, source: &str) -> Verdict {
        match source {
            "Environment" => match self.environment_key() {
                Some(base) => Ok(Some(Pick::of(SourceKind::Environment, base))),
                None => Err("static credentials are empty".to_owned()),
            },
            "EcsContainer" if self.container()? => {
                Ok(Some(Pick::of(SourceKind::Container, Base::Container)))
            }
            "EcsContainer" => Err("EcsContainer was specified as the credential_source, but neither 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI' or AWS_CONTAINER_CREDENTIALS_FULL_URI' was set".to_owned()),
            "Ec2InstanceMetadata" if self.instance() => {
                Ok(Some(Pick::of(SourceKind::InstanceMetadata, Base::InstanceMetadata)))
            }
            "Ec2InstanceMetadata" => Ok(None),
            _ => Err("credential_source values must be EcsContainer, Ec2InstanceMetadata, or Environment".to_owned()),
        }
    }

    fn sso(&self, name: &str, settings: &Section) -> Result<Base, String> {
        let session = settings.filled("sso_session");
        let section =
            session.and_then(|session| self.sections.get(&format!("sso-session {}", session.trim())));
        let mut needed = vec!["sso_region", "sso_start_url"];
        let get = |name: &str| settings.filled(name).map(str::to_owned);
        let from_session = |name: &str| section.and_then(|section| section.filled(name)).map(str::to_owned);
        let missing: Vec<&str> = if session.is_some() {
            needed.retain(|name| from_session(name).is_none());
            needed
        } else {
            needed.extend(["sso_account_id", "sso_role_name"]);
            needed.retain(|name| get(name).is_none());
            needed
        };
        if !missing.is_empty() {
            let missing = missing.join(", ");
            return Err(format!(
                "profile \"{name}\" is configured to use SSO but is missing required configuration: {missing}"
            ));
        }
        for setting in ["sso_region", "sso_start_url"].into_iter().filter(|_| session.is_some()) {
            if get(setting).is_some_and(|own| Some(own) != from_session(setting)) {
                return Err(format!("{setting} in profile \"{name}\" must match {setting} in sso-session "));
            }
        }
        let sign_in = session.map(str::to_owned).or_else(|| get("sso_start_url")).unwrap_or_default();
        let of = |name: &str| get(name).unwrap_or_default();
        Ok(Base::Sso { sign_in, role: of("sso_role_name"), account: of("sso_account_id") })
    }

    /// Whether a container endpoint is asked.
    fn container(&self) -> Result<bool, String> {
        let relative = self.var("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
        let full = self.var("AWS_CONTAINER_CREDENTIALS_FULL_URI");
        if relative.is_none() && full.is_none() {
            return Ok(false);
        }
        self.prospects.container(self.surroundings)?;
        Ok(true)
    }

    fn instance(&self) -> bool {
        let off =
            self.var("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        !off && self.prospects.instance_answers()
    }
}

const KEY: [&str; 3] = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"];
const SSO: [&str; 5] = ["sso_session", "sso_region", "sso_account_id", "sso_start_url", "sso_role_name"];
/// What belongs to a role.
const ASSUME: [&str; 5] = ["role_arn", "external_id", "mfa_serial", "role_session_name", "source_profile"];
/// What gives credentials, and does not count in a profile that takes them from another.
const OWN: [&str; 7] = [
    "credential_source",
    "credential_process",
    "web_identity_token_file",
    "sso_account_id",
    "sso_region",
    "sso_role_name",
    "sso_start_url",
];

fn has_keys(settings: &Section) -> bool {
    KEY.iter().take(2).all(|name| settings.filled(name).is_some())
}

/// A login session is forgotten here, so that it is no source of others.
fn has_credentials(settings: &Section) -> bool {
    let kinds = ["source_profile", "credential_source", "credential_process", "web_identity_token_file"];
    kinds.iter().chain(&SSO).any(|name| settings.filled(name).is_some()) || has_keys(settings)
}
