//! AWS credentials from the one source that was picked: role chains, sign-ins and programs are followed here, one
//! step after the other, from what was read; the SDK makes the calls.

mod container;
mod login;
mod process;
mod sso;

use std::time::{Instant, SystemTime};

use aws_config::SdkConfig;
use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use ecrpass_core::error_chain::error_chain;
use ecrpass_credentials::credential_chain::{ProfileKind, ProfileSource, Source, check_key};

use crate::request::TokenRequest;
use crate::sdk::Transport;

/// The name of role sessions when none is configured, as CloudTrail shows it.
const SESSION_NAME: &str = "ecrpass";

/// The settings of an SDK client that acts as the selection says: its source, and the registry's own role on top
/// where one is configured. Credentials that cannot be had fail the client's first call, with the reason.
pub(crate) async fn sdk_config(request: &TokenRequest<'_>, transport: &Transport, end: Instant) -> SdkConfig {
    let resolver = Resolver { request, transport, end };
    let provider = match resolver.credentials().await {
        Ok(credentials) => SharedCredentialsProvider::new(credentials),
        Err(reason) => SharedCredentialsProvider::new(Failed(reason)),
    };
    transport.config(Some(provider))
}

/// The credentials that the selection says, the registry's own role on top; or why there are none, in the SDK's words.
#[cfg(feature = "doctor")]
pub(crate) async fn resolve(
    request: &TokenRequest<'_>,
    transport: &Transport,
    end: Instant,
) -> Result<Credentials, String> {
    Resolver { request, transport, end }.credentials().await
}

/// Credentials that could not be had.
#[derive(Debug)]
struct Failed(String);

impl ProvideCredentials for Failed {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::provider_error(self.0.clone())))
    }
}

struct Resolver<'a> {
    request: &'a TokenRequest<'a>,
    transport: &'a Transport,
    end: Instant,
}

/// A role to assume, and as what.
#[derive(Default)]
struct Role {
    arn: String,
    external_id: Option<String>,
    session_name: Option<String>,
    session_policy: Option<String>,
}

impl Resolver<'_> {
    async fn credentials(&self) -> Result<Credentials, String> {
        let base = checked(self.source().await?)?;
        let over = &self.request.selection.over;
        match &over.role_arn {
            None => Ok(base),
            Some(arn) => {
                let role = Role {
                    arn: arn.clone(),
                    external_id: over.external_id.clone(),
                    session_name: over.session_name.clone(),
                    session_policy: over.session_policy.clone(),
                };
                checked(self.assume(base, &role).await?)
            }
        }
    }

    async fn source(&self) -> Result<Credentials, String> {
        match &self.request.selection.source {
            Source::Environment(key) => Ok(Credentials::new(
                key.id.clone(),
                key.secret.expose(),
                key.session_token.as_ref().map(|token| token.expose().to_owned()),
                None,
                "environment",
            )),
            Source::WebIdentity { token_file, role_arn } => {
                let session_name = self.variable("AWS_ROLE_SESSION_NAME");
                self.web_identity(token_file, role_arn, session_name).await
            }
            Source::ServiceAccount(account) => {
                let name = Some(account.session_name.as_str());
                self.exchange(account.token.expose(), &account.role_arn, name).await
            }
            Source::Profile(profile) => self.profile(profile).await,
            Source::Container { .. } => self.container().await,
            Source::InstanceMetadata => self.instance().await,
        }
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.request.surroundings.var(name)
    }

    fn property(&self, profile: &str, name: &str) -> Option<String> {
        let profile = self.request.surroundings.files.profile(profile)?;
        profile.get(name).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// From what the last profile of the chain rests on, role by role to the first.
    async fn profile(&self, source: &ProfileSource) -> Result<Credentials, String> {
        let base = source.last();
        let mut credentials = match &source.base {
            ProfileKind::StaticKeys => self.keys(base)?,
            ProfileKind::Process { .. } => {
                let command = self.property(base, "credential_process").unwrap_or_default();
                process::credentials(command, self.end).await?
            }
            ProfileKind::Sso { session } => {
                sso::credentials(self.transport, self.request.surroundings.files, base, session.as_deref())
                    .await?
            }
            ProfileKind::WebIdentity { token_file } => {
                let role = self.property(base, "role_arn").unwrap_or_default();
                let session_name = self.property(base, "role_session_name");
                self.web_identity(token_file, &role, session_name).await?
            }
            ProfileKind::CredentialSource { source } => {
                let credentials = match source.to_ascii_lowercase().as_str() {
                    "environment" => self.environment()?,
                    "ecscontainer" => self.container().await?,
                    "ec2instancemetadata" => self.instance().await?,
                    _ => return Err(format!("`credential_source = {source}` is not known")),
                };
                self.assume(checked(credentials)?, &self.role(base)).await?
            }
            ProfileKind::LoginSession => {
                let session = self.property(base, "login_session").unwrap_or_default();
                login::credentials(self.transport, self.request.surroundings.environment, &session).await?
            }
            ProfileKind::AssumeRole { .. } => {
                return Err("no credentials at the end of the chain of profiles".to_owned());
            }
        };
        // The profile that names itself as its source is in the chain twice, and assumes its role once.
        let roles = std::iter::once(&source.name).chain(&source.chain);
        let roles: Vec<_> = roles.take(source.chain.len()).collect();
        for name in roles.into_iter().rev() {
            credentials = self.assume(checked(credentials)?, &self.role(name)).await?;
        }
        Ok(credentials)
    }

    fn role(&self, profile: &str) -> Role {
        Role {
            arn: self.property(profile, "role_arn").unwrap_or_default(),
            external_id: self.property(profile, "external_id"),
            session_name: self.property(profile, "role_session_name"),
            session_policy: None,
        }
    }

    fn keys(&self, profile: &str) -> Result<Credentials, String> {
        let id = self.property(profile, "aws_access_key_id");
        let secret = self.property(profile, "aws_secret_access_key");
        let (Some(id), Some(secret)) = (id, secret) else {
            return Err(format!("profile `{profile}` lacks part of its access key"));
        };
        Ok(Credentials::new(id, secret, self.property(profile, "aws_session_token"), None, "profile"))
    }

    fn environment(&self) -> Result<Credentials, String> {
        let first = |names: [&str; 2]| names.iter().find_map(|name| self.variable(name));
        let id = first(["AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"]);
        let secret = first(["AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"]);
        let (Some(id), Some(secret)) = (id, secret) else {
            return Err("the environment has no access key".to_owned());
        };
        let token = self.variable("AWS_SESSION_TOKEN").map(|token| token.trim().to_owned());
        Ok(Credentials::new(id.trim(), secret.trim(), token, None, "environment"))
    }

    async fn assume(&self, base: Credentials, role: &Role) -> Result<Credentials, String> {
        let client = aws_sdk_sts::Client::new(&self.transport.sts_config(Some(base)));
        let answer = client
            .assume_role()
            .role_arn(&role.arn)
            .role_session_name(role.session_name.as_deref().unwrap_or(SESSION_NAME))
            .set_external_id(role.external_id.clone())
            .set_policy(role.session_policy.clone())
            .send()
            .await
            .map_err(|error| error_chain(&error))?;
        from_sts(answer.credentials)
    }

    async fn web_identity(
        &self,
        token_file: &str,
        role_arn: &str,
        session_name: Option<String>,
    ) -> Result<Credentials, String> {
        let token = self.request.surroundings.token_file(token_file);
        let Some(token) = token else {
            return Err(match std::fs::metadata(token_file) {
                Err(error) => error.to_string(),
                Ok(_) => "it cannot be read, is larger than 64 kB, or is not text".to_owned(),
            });
        };
        // Who renews it may be half-way; AWS would say something about a null.
        if token.expose().trim().is_empty() {
            return Err("it is empty".to_owned());
        }
        self.exchange(token.expose().trim(), role_arn, session_name.as_deref()).await
    }

    /// A web identity token for a role's credentials.
    async fn exchange(
        &self,
        token: &str,
        role_arn: &str,
        session_name: Option<&str>,
    ) -> Result<Credentials, String> {
        let over = &self.request.selection.over;
        // It belongs to the last role, and the registry's own comes after this one.
        let policy = over.session_policy.clone().filter(|_| over.role_arn.is_none());
        let client = aws_sdk_sts::Client::new(&self.transport.sts_config(None));
        let answer = client
            .assume_role_with_web_identity()
            .role_arn(role_arn)
            .role_session_name(session_name.unwrap_or(SESSION_NAME))
            .web_identity_token(token)
            .set_policy(policy)
            .send()
            .await
            .map_err(|error| error_chain(&error))?;
        from_sts(answer.credentials)
    }

    async fn container(&self) -> Result<Credentials, String> {
        let surroundings = self.request.surroundings;
        let url = surroundings.container_endpoint().ok_or("no variable names a container endpoint")?;
        let authorization = surroundings.container_authorization()?;
        container::credentials(self.transport, &url, authorization.as_ref()).await
    }

    async fn instance(&self) -> Result<Credentials, String> {
        const NAMES: &str = "/latest/meta-data/iam/security-credentials/";
        let config = self.transport.provider_config();
        let setting = self.request.surroundings;
        let mut client = imds::Client::builder().configure(&config);
        if self.transport.tries_once() {
            client = client.max_attempts(1);
        }
        // Set in any case: the SDK fails on a blank variable.
        let endpoint = setting.metadata_endpoint(self.request.selection);
        client = client.endpoint(endpoint).map_err(|error| error.to_string())?;
        let client = client.build();
        let provider = ImdsCredentialsProvider::builder().configure(&config).imds_client(client.clone());
        // The name becomes part of a path, and the SDK does not look at it before.
        let provider = match client.get(NAMES).await {
            Ok(name) => {
                let name = name.as_ref().trim().to_owned();
                let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
                if name.is_empty() || name.len() > 128 || !name.bytes().all(is_name) {
                    return Err("the metadata service names a role that cannot be one".to_owned());
                }
                provider.profile(name)
            }
            Err(error) => return Err(error_chain(&error)),
        };
        provider.build().provide_credentials().await.map_err(|error| error_chain(&error))
    }
}

fn from_sts(credentials: Option<aws_sdk_sts::types::Credentials>) -> Result<Credentials, String> {
    let credentials = credentials.ok_or("STS answered without credentials")?;
    let expires = SystemTime::try_from(credentials.expiration).ok();
    Ok(Credentials::new(
        credentials.access_key_id,
        credentials.secret_access_key,
        Some(credentials.session_token),
        expires,
        "sts",
    ))
}

/// Passes on what can stand in a request's headers, wherever it came from.
fn checked(credentials: Credentials) -> Result<Credentials, String> {
    match check_key(credentials.access_key_id(), credentials.session_token()) {
        Ok(()) => Ok(credentials),
        Err((field, why)) => Err(format!("the {field} it gave {why}")),
    }
}
