//! Which credentials each tool would use here: ecrpass, the AWS CLI and Amazon's helper look at the same places in
//! different orders, and disagree about what is an error.

use ecrpass_core::Arn;
use ecrpass_core::access_key;
use ecrpass_core::redact::redact;
use serde::Serialize;

use super::selection::{Override, Source};
use super::surroundings::Surroundings;
use crate::aws_config::{FileKind, Setting};

/// A tool that looks for AWS credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tool {
    /// ecrpass and its credential helper.
    Ecrpass,
    /// The AWS CLI and everything on botocore.
    AwsCli,
    /// Amazon's credential helper, on the Go SDK.
    GoHelper,
}

impl Tool {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ecrpass, Self::AwsCli, Self::GoHelper];

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Ecrpass => "ecrpass",
            Self::AwsCli => "the AWS CLI",
            Self::GoHelper => "Amazon's helper",
        }
    }
}

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
}

/// What a tool makes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The tool.
    pub tool: Tool,
    /// The place whose credentials it uses; `None` when it stops or finds none.
    pub uses: Option<SourceKind>,
    /// Why it stops.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stops: Option<String>,
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
        Found { place: SourceKind::WebIdentity, found: file.is_some(), detail, at: None, account }
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
        }
    }

    fn container(&self) -> Found {
        let names = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];
        let set = names.into_iter().find(|name| self.var(name).is_some());
        let detail = set.map_or_else(|| format!("{} is not set", names[0]), |name| format!("{name} is set"));
        Found { place: SourceKind::Container, found: set.is_some(), detail, at: None, account: None }
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
        }
    }

    /// What a tool would use. Sources: botocore `credentials.py`; AWS SDK for Go v2 `config/resolve_credentials.go`.
    pub fn choice(&self, tool: Tool) -> Choice {
        let result = match tool {
            Tool::Ecrpass => {
                self.select(&Override::default()).map_err(|refusal| refusal.what).map(|selection| {
                    Some(match selection.source {
                        Source::Environment(_) => SourceKind::Environment,
                        Source::WebIdentity { .. } => SourceKind::WebIdentity,
                        Source::Profile(_) => SourceKind::Profile,
                        Source::Container { .. } => SourceKind::Container,
                        Source::InstanceMetadata => SourceKind::InstanceMetadata,
                    })
                })
            }
            Tool::AwsCli => self.of_the_cli(),
            Tool::GoHelper => self.of_the_go_helper(),
        };
        match result {
            Ok(uses) => Choice { tool, uses, stops: None },
            Err(stops) => Choice { tool, uses: None, stops: Some(redact(&stops).into_owned()) },
        }
    }

    fn has(&self, property: &str) -> bool {
        let profile = self.files.profile(&self.profile_name());
        profile.is_some_and(|profile| profile.get(property).is_some_and(|value| !value.is_empty()))
    }

    fn of_the_cli(&self) -> Result<Option<SourceKind>, String> {
        let name = self.profile_name();
        if self.var("AWS_PROFILE").is_some() && self.files.profile(&name).is_none() {
            return Err(format!("The config profile ({name}) could not be found"));
        }
        if self.var("AWS_ACCESS_KEY_ID").is_some() && self.var("AWS_SECRET_ACCESS_KEY").is_some() {
            return Ok(Some(SourceKind::Environment));
        }
        if self.var("AWS_ACCESS_KEY_ID").is_some() {
            return Err("Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY".to_owned());
        }
        if self.has("role_arn") && (self.has("source_profile") || self.has("credential_source")) {
            return Ok(Some(SourceKind::Profile));
        }
        if self.var("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() {
            return match self.var("AWS_ROLE_ARN") {
                Some(_) => Ok(Some(SourceKind::WebIdentity)),
                None => Err("AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not".to_owned()),
            };
        }
        Ok(self.rest(self.profile_found().found))
    }

    fn of_the_go_helper(&self) -> Result<Option<SourceKind>, String> {
        let name = self.profile_name();
        let named = self.first_var(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]).is_some();
        // Even where the environment holds keys.
        if named && self.files.profile(&name).is_none() {
            return Err(format!("failed to get shared config profile, {name}"));
        }
        if self.environment_key(&mut Vec::new()).is_some() {
            return Ok(Some(SourceKind::Environment));
        }
        if self.var("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() {
            return match self.var("AWS_ROLE_ARN") {
                Some(_) => Ok(Some(SourceKind::WebIdentity)),
                None => Err("role ARN is not set".to_owned()),
            };
        }
        Ok(self.rest(self.profile_found().found))
    }

    /// Where all of them agree.
    fn rest(&self, profile: bool) -> Option<SourceKind> {
        if profile {
            Some(SourceKind::Profile)
        } else if self.container().found {
            Some(SourceKind::Container)
        } else {
            self.instance().found.then_some(SourceKind::InstanceMetadata)
        }
    }
}

/// As much of a key id as may be shown.
pub(super) fn short(id: &str) -> String {
    let id = id.trim();
    match (id.get(..4), id.len().checked_sub(4).and_then(|at| id.get(at..))) {
        (Some(head), Some(tail)) if id.len() >= 12 => format!("{head}…{tail}"),
        _ => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use ecrpass_core::environment::EnvironmentInMemory;

    use super::*;
    use crate::credential_chain::tests::files;

    fn uses(variables: &[(&str, &str)], config: &str) -> Vec<Option<SourceKind>> {
        let environment = EnvironmentInMemory::of_variables(variables.iter().copied());
        let surroundings = Surroundings { environment: &environment, files: &files(config, "") };
        Tool::ALL.into_iter().map(|tool| surroundings.choice(tool).uses).collect()
    }

    const KEYS: [(&str, &str); 2] =
        [("AWS_ACCESS_KEY_ID", "AKIARZPUZDIKGB2VALC4"), ("AWS_SECRET_ACCESS_KEY", "s3cr3t")];

    #[test]
    fn tools_disagree_where_the_facts_say_so() {
        use SourceKind::{Environment, InstanceMetadata, Profile, WebIdentity};
        let profile = "[default]\naws_access_key_id = AKIARZPUZDIKGB2VALC4\naws_secret_access_key = x\n";
        let role = "[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\n[profile base]\naws_access_key_id = AKIARZPUZDIKGB2VALC4\naws_secret_access_key = x\n";
        let irsa = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"), ("AWS_ROLE_ARN", "arn:aws:iam::1:role/r")];
        assert_eq!(uses(&KEYS, profile), [Some(Environment); 3]);
        assert_eq!(uses(&[], profile), [Some(Profile); 3]);
        assert_eq!(uses(&[], ""), [Some(InstanceMetadata); 3]);
        assert_eq!(uses(&irsa, profile), [Some(WebIdentity); 3]);
        // A role in the profile comes before web identity with botocore only.
        assert_eq!(uses(&irsa, role), [Some(WebIdentity), Some(Profile), Some(WebIdentity)]);
        // A profile that is missing ends Go's search even where the environment has keys.
        let named = [KEYS[0], KEYS[1], ("AWS_PROFILE", "gone")];
        assert_eq!(uses(&named, profile), [Some(Environment), None, None]);
        // Half a key ends botocore's.
        assert_eq!(uses(&KEYS[..1], profile), [Some(Profile), None, Some(Profile)]);
        assert_eq!(uses(&[("AWS_EC2_METADATA_DISABLED", "true")], "")[1..], [None, None]);
    }
}
