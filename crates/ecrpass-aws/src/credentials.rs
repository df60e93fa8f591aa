//! AWS credentials from the one source that was picked, through the SDK's own provider for it.

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::region::Region;
use ecrpass_credentials::credential_chain::{Selection, Source};

/// The name of role sessions when none is configured, as CloudTrail shows it.
const SESSION_NAME: &str = "ecrpass";

/// What every call shares: the recorded HTTP client, how long and how often to try, and which endpoints.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    pub http: SharedHttpClient,
    pub retries: RetryConfig,
    pub timeouts: TimeoutConfig,
    pub region: Region,
    /// `None` leaves the choice to the environment and the profile.
    pub fips: Option<bool>,
    /// `None` leaves the choice to the environment and the profile.
    pub dual_stack: Option<bool>,
}

impl Transport {
    fn provider_config(&self) -> ProviderConfig {
        ProviderConfig::empty()
            .with_behavior_version(Some(BehaviorVersion::latest()))
            .with_region(Some(self.region.clone()))
            .with_use_fips(self.fips)
            .with_http_client(self.http.clone())
            .with_sleep_impl(TokioSleep::new())
            .with_retry_config(self.retries.clone())
            .with_timeout_config(self.timeouts.clone())
    }

    fn loader(&self, selection: &Selection, credentials: SharedCredentialsProvider) -> ConfigLoader {
        // Retries are set here and not read from the environment: the SDK panics on a value it cannot read.
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(self.region.clone())
            .http_client(self.http.clone())
            .sleep_impl(TokioSleep::new())
            .retry_config(self.retries.clone())
            .timeout_config(self.timeouts.clone())
            .credentials_provider(credentials);
        if let Source::Profile(profile) = &selection.source {
            loader = loader.profile_name(&profile.name);
        }
        if let Some(fips) = self.fips {
            loader = loader.use_fips(fips);
        }
        if let Some(dual_stack) = self.dual_stack {
            loader = loader.use_dual_stack(dual_stack);
        }
        loader
    }
}

/// The settings of an SDK client that acts as the selection says: its source, and the registry's own role on top
/// where one is configured.
pub(crate) async fn sdk_config(selection: &Selection, transport: &Transport) -> SdkConfig {
    let base = provider(selection, transport);
    let config = transport.loader(selection, base.clone()).load().await;
    let Some(role) = &selection.over.role_arn else { return config };
    let mut builder = AssumeRoleProvider::builder(role)
        .session_name(selection.over.session_name.as_deref().unwrap_or(SESSION_NAME))
        .configure(&config);
    if let Some(external_id) = &selection.over.external_id {
        builder = builder.external_id(external_id);
    }
    let assumed = SharedCredentialsProvider::new(builder.build_from_provider(base).await);
    config.into_builder().credentials_provider(assumed).build()
}

fn provider(selection: &Selection, transport: &Transport) -> SharedCredentialsProvider {
    let config = transport.provider_config();
    match &selection.source {
        Source::Environment(key) => SharedCredentialsProvider::new(Credentials::new(
            key.id.clone(),
            key.secret.expose(),
            key.session_token.as_ref().map(|token| token.expose().to_owned()),
            None,
            "environment",
        )),
        Source::WebIdentity { .. } => SharedCredentialsProvider::new(
            WebIdentityTokenCredentialsProvider::builder().configure(&config).build(),
        ),
        Source::Profile(profile) => SharedCredentialsProvider::new(
            ProfileFileCredentialsProvider::builder().configure(&config).profile_name(&profile.name).build(),
        ),
        Source::Container { .. } => {
            SharedCredentialsProvider::new(EcsCredentialsProvider::builder().configure(&config).build())
        }
        Source::InstanceMetadata => {
            SharedCredentialsProvider::new(ImdsCredentialsProvider::builder().configure(&config).build())
        }
    }
}
