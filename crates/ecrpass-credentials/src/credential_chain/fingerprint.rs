//! The cache key: what would have to change for the token to belong to somebody else.
//!
//! It covers the source of the credentials, never the credentials a source hands out, so that assumed roles, SSO,
//! IRSA and instance roles find their token again without a single call.

use ecrpass_core::hex::hex;
use ecrpass_core::registry::Registry;
use sha2::{Digest, Sha256};

use super::profile::{ProfileKind, ProfileSource};
use super::selection::{Selection, Source};
use super::surroundings::Surroundings;
use crate::web_identity;

/// A hash over everything that decides which principal asks which endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// 64 hexadecimal digits, fit for a file name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which endpoint is asked may depend on these, whatever the source.
const ENDPOINT_VARIABLES: [&str; 9] = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_ECR",
    "AWS_ENDPOINT_URL_ECR_PUBLIC",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_SSO",
    "AWS_ENDPOINT_URL_SSO_OIDC",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
];

/// The same of the profile in force, where the credentials do not come from it.
const ENDPOINT_SETTINGS: [&str; 6] = [
    "endpoint_url",
    "ignore_configured_endpoint_urls",
    "use_fips_endpoint",
    "use_dualstack_endpoint",
    "ec2_metadata_service_endpoint",
    "ec2_metadata_service_endpoint_mode",
];

/// What differs from one shell or window to the next and no program picks credentials by. Everything else that a
/// `credential_process` sees is part of the key: it may pick by any of it.
const PASSING_VARIABLES: [&str; 14] = [
    "_",
    "COLUMNS",
    "COLORTERM",
    "LINES",
    "LS_COLORS",
    "OLDPWD",
    "PS1",
    "PWD",
    "SHLVL",
    "TERM",
    "TERM_PROGRAM",
    "TERM_SESSION_ID",
    "WINDOWID",
    "XDG_SESSION_ID",
];

/// Settings of a profile that change the output of the AWS CLI and nothing else.
const IRRELEVANT_SETTINGS: [&str; 4] = ["cli_auto_prompt", "cli_pager", "cli_timestamp_format", "output"];

impl Selection {
    /// The cache key for this selection and a registry. The account is not part of it: one token serves every
    /// registry of the region that the principal may use (ECR User Guide, "Private registry authentication").
    pub fn fingerprint(&self, surroundings: &Surroundings<'_>, registry: &Registry) -> Fingerprint {
        let mut hasher = Hasher(Sha256::new());
        hasher.add("ecrpass", "2");
        hasher.add("boot", &surroundings.environment.boot_id().unwrap_or_default());
        hasher.add("kind", if registry.is_public() { "public" } else { "private" });
        hasher.add("partition", registry.partition().id());
        hasher.add("region", registry.region());
        hasher.add("fips", if registry.fips() { "1" } else { "0" });
        hasher.add("dual-stack", if registry.dual_stack() { "1" } else { "0" });
        for name in ENDPOINT_VARIABLES {
            hasher.variable(surroundings, name);
        }
        hasher.source(surroundings, &self.source);
        for (name, value) in [
            ("role", &self.over.role_arn),
            ("external-id", &self.over.external_id),
            ("session-name", &self.over.session_name),
            ("session-policy", &self.over.session_policy),
        ] {
            if let Some(value) = value {
                hasher.add(name, value);
            }
        }
        if !matches!(self.source, Source::Profile(_)) {
            // The profile in force may still redirect the endpoint, that of instance metadata too.
            let name = surroundings.profile_name();
            if let Some(profile) = surroundings.files.profile(&name) {
                for property in ENDPOINT_SETTINGS {
                    if let Some(value) = profile.get(property) {
                        hasher.add(property, value);
                    }
                }
                hasher.services(surroundings, profile.get("services"));
            }
        }
        Fingerprint(hex(&hasher.0.finalize()))
    }
}

struct Hasher(Sha256);

impl Hasher {
    /// Length-prefixed, so that no two lists of pairs hash alike.
    fn add(&mut self, name: &str, value: &str) {
        for text in [name, value] {
            self.0.update((text.len() as u64).to_le_bytes());
            self.0.update(text.as_bytes());
        }
    }

    fn variable(&mut self, surroundings: &Surroundings<'_>, name: &str) {
        if let Some(value) = surroundings.var(name) {
            self.add(name, &value);
        }
    }

    fn source(&mut self, surroundings: &Surroundings<'_>, source: &Source) {
        match source {
            Source::Environment(key) => {
                self.add("source", "environment");
                self.add("id", &key.id);
                self.add("secret", key.secret.expose());
                self.add("session", key.session_token.as_ref().map_or("", |token| token.expose()));
            }
            Source::WebIdentity { token_file, role_arn } => {
                self.add("source", "web-identity");
                self.add("file", token_file);
                self.add("role", role_arn);
                self.variable(surroundings, "AWS_ROLE_SESSION_NAME");
                self.token_file(surroundings, token_file);
            }
            Source::ServiceAccount(account) => {
                self.add("source", "service-account");
                self.add("role", &account.role_arn);
                // An account that was deleted and made again is another one of the same name.
                let uid = web_identity::service_account_uid(account.token.expose());
                self.add("uid", &uid.unwrap_or_default());
                self.token(account.token.expose());
            }
            Source::Profile(profile) => self.profile(surroundings, profile),
            Source::Container { .. } => self.container(surroundings),
            Source::InstanceMetadata => self.instance(surroundings),
        }
    }

    fn container(&mut self, surroundings: &Surroundings<'_>) {
        self.add("source", "container");
        for name in [
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        ] {
            self.variable(surroundings, name);
        }
        // The file beats the variable, as in the SDK.
        match surroundings.var("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            Some(path) => self.token_file(surroundings, &path),
            None => {
                if let Some(token) = surroundings.container_token() {
                    self.token(token.expose());
                }
            }
        }
    }

    /// A token that is renewed at the same path: whom it is about, not the token. Pods that share a home directory
    /// find different ones there.
    fn token_file(&mut self, surroundings: &Surroundings<'_>, path: &str) {
        match surroundings.token_file(path) {
            Some(token) => self.token(token.expose()),
            None => self.add("token", "unreadable"),
        }
    }

    fn token(&mut self, token: &str) {
        match web_identity::stable_claims(token) {
            Some(claims) => claims.iter().for_each(|(name, value)| self.add(name, value)),
            // Not a JSON Web Token: nothing in it is known to stay, so all of it counts.
            None => self.add("token", token.trim()),
        }
    }

    fn instance(&mut self, surroundings: &Surroundings<'_>) {
        self.add("source", "instance-metadata");
        // Containers that share a cache may be given different roles, by who asks (kube2iam and its like).
        self.add("host", &surroundings.environment.host_name().unwrap_or_default());
        for name in ["AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"] {
            self.variable(surroundings, name);
        }
    }

    /// Every setting, as written, of every profile in the chain.
    fn profile(&mut self, surroundings: &Surroundings<'_>, source: &ProfileSource) {
        self.add("source", "profile");
        for name in std::iter::once(&source.name).chain(&source.chain) {
            self.add("profile", name);
            let Some(profile) = surroundings.files.profile(name) else { continue };
            for setting in profile.settings() {
                if !IRRELEVANT_SETTINGS.contains(&setting.name()) {
                    self.add(setting.name(), setting.value());
                    for (name, value) in setting.nested() {
                        self.add(name, value);
                    }
                }
            }
            self.services(surroundings, profile.get("services"));
        }
        match &source.base {
            ProfileKind::Sso { session } => {
                // Whose sign-in it is: the sign-ins lie below the home directory.
                self.variable(surroundings, "HOME");
                self.variable(surroundings, "USERPROFILE");
                if let Some(session) = session
                    && let Some(section) = surroundings.files.sso_session(session)
                {
                    for setting in section.settings() {
                        self.add(setting.name(), setting.value());
                    }
                }
            }
            ProfileKind::CredentialSource { source } => match source.to_ascii_lowercase().as_str() {
                "environment" => {
                    for name in [
                        "AWS_ACCESS_KEY_ID",
                        "AWS_ACCESS_KEY",
                        "AWS_SECRET_ACCESS_KEY",
                        "AWS_SECRET_KEY",
                        "AWS_SESSION_TOKEN",
                    ] {
                        self.variable(surroundings, name);
                    }
                }
                "ecscontainer" => self.container(surroundings),
                _ => self.instance(surroundings),
            },
            ProfileKind::WebIdentity { token_file } => self.token_file(surroundings, token_file),
            ProfileKind::Process { .. } => {
                let base = surroundings.files.profile(source.last());
                let command =
                    base.as_ref().and_then(|base| base.get("credential_process")).unwrap_or_default();
                let environment = surroundings.environment;
                // Where it runs, whatever `PWD` says, which only shells see to: a script, or `terraform output`, may hand out
                // other keys in every directory, and no command shows whether it does.
                if let Some(directory) = environment.directory() {
                    self.add("directory", &directory.to_string_lossy());
                }
                for (name, value) in environment.variables() {
                    if !PASSING_VARIABLES.contains(&name.as_str()) || names(command, &name) {
                        self.add(&name, &value);
                    }
                }
            }
            ProfileKind::LoginSession => {
                // Whose sign-in it is, as with IAM Identity Center.
                for name in ["HOME", "USERPROFILE", "AWS_LOGIN_CACHE_DIRECTORY"] {
                    self.variable(surroundings, name);
                }
            }
            ProfileKind::AssumeRole { .. } | ProfileKind::StaticKeys => {}
        }
    }

    fn services(&mut self, surroundings: &Surroundings<'_>, name: Option<&str>) {
        let Some(section) = name.and_then(|name| surroundings.files.services(name)) else { return };
        for setting in section.settings() {
            self.add(setting.name(), setting.value());
            for (name, value) in setting.nested() {
                self.add(name, value);
            }
        }
    }
}

/// Whether a command has a variable in it.
fn names(command: &str, variable: &str) -> bool {
    [format!("${variable}"), format!("${{{variable}")].iter().any(|text| command.contains(text.as_str()))
}

#[cfg(test)]
mod tests;
