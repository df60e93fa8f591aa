//! The places credentials come from, and what is at each of them.

use ecrpass_core::Arn;
use ecrpass_core::access_key;
use ecrpass_core::redact::redact;
use serde::Serialize;

use super::surroundings::Surroundings;
use crate::aws_config::{FileKind, Setting};

/// A place where credentials may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// `AWS_ACCESS_KEY_ID` and its companions.
    Environment,
    /// `AWS_WEB_IDENTITY_TOKEN_FILE`.
    WebIdentity,
    /// The profile in force.
    Profile,
    /// The endpoint of ECS and EKS Pod Identity.
    Container,
    /// The instance metadata service.
    InstanceMetadata,
}

/// What is at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The place.
    pub place: SourceKind,
    /// Whether something is there.
    pub found: bool,
    /// What, without secrets.
    pub detail: String,
    /// The file, and the line in it.
    #[serde(skip)]
    pub at: Option<(FileKind, usize)>,
    /// The account the key is likely of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Whether it is a key that does not end by itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub long_lived: bool,
}

/// The kinds of credential settings a profile may hold, with a property that stands for each.
const KINDS: [(&str, &str); 7] = [
    ("a role", "role_arn"),
    ("a web identity", "web_identity_token_file"),
    ("IAM Identity Center", "sso_session"),
    ("IAM Identity Center", "sso_start_url"),
    ("a login session", "login_session"),
    ("credential_process", "credential_process"),
    ("an access key", "aws_access_key_id"),
];

impl Surroundings<'_> {
    /// What is at each place, in the order of ecrpass.
    pub fn places(&self) -> Vec<Found> {
        let places = [
            self.environment(),
            self.web_identity(),
            self.profile_found(),
            self.container(),
            self.instance(),
        ];
        let safe = |found: Found| Found { detail: redact(&found.detail).into_owned(), ..found };
        places.map(safe).into()
    }

    pub(super) fn environment(&self) -> Found {
        // The Go SDK, and ecrpass with it, take older names too.
        let id = self.first_var(&["AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"]);
        let secret = self.first_var(&["AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"]);
        let token = self.var("AWS_SESSION_TOKEN").is_some();
        let detail = match (&id, &secret) {
            (Some(id), Some(_)) => {
                let token = if token { ", with a session token" } else { "" };
                format!("access key {}{token}", short(id))
            }
            (Some(_), None) => "AWS_ACCESS_KEY_ID without AWS_SECRET_ACCESS_KEY".to_owned(),
            (None, Some(_)) => "AWS_SECRET_ACCESS_KEY without AWS_ACCESS_KEY_ID".to_owned(),
            (None, None) => "AWS_ACCESS_KEY_ID is not set".to_owned(),
        };
        Found {
            place: SourceKind::Environment,
            found: id.is_some() && secret.is_some(),
            detail,
            at: None,
            long_lived: secret.is_some() && id.as_deref().is_some_and(is_long_lived),
            account: id.and_then(|id| access_key::account(id.trim())),
        }
    }

    fn web_identity(&self) -> Found {
        let (file, role) = (self.var("AWS_WEB_IDENTITY_TOKEN_FILE"), self.var("AWS_ROLE_ARN"));
        let detail = match (&file, &role) {
            (Some(file), Some(role)) => format!("{role}, with the token in {file}"),
            (Some(_), None) => "AWS_WEB_IDENTITY_TOKEN_FILE without AWS_ROLE_ARN".to_owned(),
            _ => "AWS_WEB_IDENTITY_TOKEN_FILE is not set".to_owned(),
        };
        let account = role.as_deref().and_then(Arn::parse).and_then(|role| role.account()).map(str::to_owned);
        Found {
            place: SourceKind::WebIdentity,
            found: file.is_some(),
            detail,
            at: None,
            account,
            long_lived: false,
        }
    }

    /// The kinds of credentials the profile in force holds.
    pub(super) fn kinds(&self) -> Vec<(&'static str, Setting<'_>)> {
        let name = self.profile_name();
        let profile = self.files.profile(&name);
        let settings: Vec<_> = profile.iter().flat_map(|profile| profile.settings()).collect();
        let held = KINDS.iter().filter_map(|(kind, property)| {
            let setting =
                settings.iter().find(|setting| setting.name() == *property && !setting.value().is_empty());
            setting.map(|setting| (*kind, *setting))
        });
        let mut held: Vec<_> = held.collect();
        let has = |held: &[(&str, Setting<'_>)], wanted: &str| held.iter().any(|(kind, _)| *kind == wanted);
        // A web identity is always for a role, and a profile may be its own role's source.
        if has(&held, "a web identity") {
            held.retain(|(kind, _)| *kind != "a role");
        }
        let source = settings.iter().find(|setting| setting.name() == "source_profile");
        if has(&held, "a role") && source.is_some_and(|source| source.value() == name) {
            held.retain(|(kind, _)| *kind != "an access key");
        }
        held.dedup_by_key(|(kind, _)| *kind);
        held
    }

    fn profile_found(&self) -> Found {
        let name = self.profile_name();
        let profile = self.files.profile(&name);
        let held = self.kinds();
        let key = held.iter().find(|(kind, _)| *kind == "an access key").map(|(_, setting)| setting.value());
        let detail = match (&profile, held.first()) {
            (None, _) => format!("there is no profile `{name}`"),
            (Some(_), None) => format!("profile `{name}` has no credential settings"),
            (Some(_), Some(_)) => {
                let kinds: Vec<&str> = held.iter().map(|(kind, _)| *kind).collect();
                let key = key.map(|key| format!(" {}", short(key))).unwrap_or_default();
                format!("profile `{name}`: {}{key}", kinds.join(" and "))
            }
        };
        Found {
            place: SourceKind::Profile,
            found: !held.is_empty(),
            detail,
            at: held.first().map(|(_, setting)| (setting.file, setting.property.line)),
            account: key.and_then(access_key::account),
            long_lived: key.is_some_and(is_long_lived),
        }
    }

    fn container(&self) -> Found {
        let names = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];
        let set = names.into_iter().find(|name| self.var(name).is_some());
        let detail = set.map_or_else(|| format!("{} is not set", names[0]), |name| format!("{name} is set"));
        Found {
            place: SourceKind::Container,
            found: set.is_some(),
            detail,
            at: None,
            account: None,
            long_lived: false,
        }
    }

    fn instance(&self) -> Found {
        let disabled = self.metadata_disabled();
        let detail = if disabled {
            "switched off by AWS_EC2_METADATA_DISABLED"
        } else {
            "is used when nothing else is set; only EC2 instances have one"
        };
        Found {
            place: SourceKind::InstanceMetadata,
            found: !disabled,
            detail: detail.to_owned(),
            at: None,
            account: None,
            long_lived: false,
        }
    }
}

fn is_long_lived(id: &str) -> bool {
    access_key::kind(id.trim()) == access_key::KeyKind::LongTerm
}

/// As much of a key id as may be shown.
pub(super) fn short(id: &str) -> String {
    let id = id.trim();
    match (id.get(..4), id.len().checked_sub(4).and_then(|at| id.get(at..))) {
        (Some(head), Some(tail)) if id.len() >= 12 => format!("{head}…{tail}"),
        _ => "…".to_owned(),
    }
}
