//! The settings of the SDK's clients, made from what was read and checked: the SDK itself looks into no file and no
//! variable for them, so that the key of the cache and the request rest on the same text.

use std::collections::HashMap;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpClient, SharedHttpConnector};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::request::TokenRequest;
use crate::wire::RecordingClient;

/// How long to wait for a connection. The SDK's own value is 3.1 s.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long one call may take. Healthy ones take a tenth of a second.
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// Tries per call. Throttled calls come back within a second or two, so more tries with short pauses beat fewer.
pub(crate) const TRIES: u32 = 6;
/// The first pause between tries; it doubles.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(150);

/// How long an endpoint on this machine may take to connect and to answer. Source: aws-config, `ecs.rs`.
const LOCAL_TIMES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(5));

/// What every call shares: the recorded HTTP client, how long and how often to try, and which endpoints.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    http: RecordingClient,
    retries: RetryConfig,
    timeouts: TimeoutConfig,
    region: Region,
    fips: bool,
    dual_stack: bool,
    endpoints: Endpoints,
}

/// The endpoints set by hand, by the SDK's name of the service.
#[derive(Clone, Debug, Default)]
struct Endpoints(HashMap<&'static str, String>);

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        if key.profile() == "endpoint_url" { self.0.get(key.service_id()).cloned() } else { None }
    }
}

/// The services asked, as the SDK and as settings name them.
const SERVICES: [(&str, &str); 9] = [
    ("ECR", "ecr"),
    ("ECR PUBLIC", "ecr_public"),
    ("STS", "sts"),
    ("SSO", "sso"),
    ("SSO OIDC", "sso_oidc"),
    ("IAM", "iam"),
    ("Lambda", "lambda"),
    ("S3", "s3"),
    ("Organizations", "organizations"),
];

impl Transport {
    /// For a request, over that client.
    pub(crate) fn new(request: &TokenRequest<'_>, http: RecordingClient) -> Self {
        let (registry, selection, surroundings) = (request.registry, request.selection, request.surroundings);
        let overridden = surroundings.endpoint_override(selection, registry.is_public());
        let choose = |wanted: bool, variable: &str, property: &str| {
            !overridden && (wanted || surroundings.switch(selection, variable, property))
        };
        let endpoints =
            SERVICES.iter().filter_map(|(id, name)| Some((*id, surroundings.endpoint_url(selection, name)?)));
        Self {
            http,
            retries: RetryConfig::standard().with_max_attempts(TRIES).with_initial_backoff(FIRST_PAUSE),
            timeouts: TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .read_timeout(ATTEMPT_TIMEOUT)
                .operation_attempt_timeout(ATTEMPT_TIMEOUT + CONNECT_TIMEOUT)
                .build(),
            region: Region::new(registry.region().to_owned()),
            fips: choose(registry.fips(), "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
            dual_stack: choose(registry.dual_stack(), "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
            endpoints: Endpoints(endpoints.collect()),
        }
    }

    /// The same without any retry that nobody sees: a call is made once. `patience` is the caller's, who waits no longer.
    #[cfg(feature = "doctor")]
    pub(crate) fn without_retries(mut self, patience: Duration) -> Self {
        // Whoever waits ends it, and knows then that it was the time.
        let timeout = patience.saturating_add(Duration::from_secs(1));
        self.retries = RetryConfig::disabled();
        self.timeouts = TimeoutConfig::builder()
            .connect_timeout(timeout)
            .read_timeout(timeout)
            .operation_attempt_timeout(timeout)
            .build();
        self
    }

    /// Whether calls are made once.
    pub(crate) fn tries_once(&self) -> bool {
        self.retries.max_attempts() <= 1
    }

    /// The settings of a client that signs with these credentials.
    pub(crate) fn config(&self, credentials: Option<SharedCredentialsProvider>) -> SdkConfig {
        let mut builder = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(self.region.clone())
            .http_client(SharedHttpClient::new(self.http.clone()))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(SharedTimeSource::new(SystemTimeSource::new()))
            // Not read from the environment: the SDK panics on a value it cannot read.
            .retry_config(self.retries.clone())
            .timeout_config(self.timeouts.clone())
            .use_fips(self.fips)
            .use_dual_stack(self.dual_stack)
            .service_config(self.endpoints.clone());
        builder.set_credentials_provider(credentials);
        builder.build()
    }

    /// What a call to an endpoint on this machine goes through, without an SDK's client above it.
    pub(crate) fn connector(&self) -> SharedHttpConnector {
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(LOCAL_TIMES.0)
            .read_timeout(LOCAL_TIMES.1)
            .build();
        self.http.connector(&settings, Some(SharedAsyncSleep::new(TokioSleep::new())))
    }

    /// The settings for asking STS, which has dual-stack endpoints wherever ECR has them. Source: IAM User Guide, "Dual-stack
    /// endpoint support".
    pub(crate) fn sts_config(&self, credentials: Option<Credentials>) -> SdkConfig {
        self.config(credentials.map(SharedCredentialsProvider::new))
    }

    /// The settings for asking IAM Identity Center, which has no dual-stack endpoints.
    pub(crate) fn sso_config(&self) -> SdkConfig {
        self.config(None).into_builder().use_dual_stack(false).build()
    }

    /// The same for the SDK's providers that ask an endpoint on this machine.
    pub(crate) fn provider_config(&self) -> ProviderConfig {
        ProviderConfig::empty()
            .with_behavior_version(Some(BehaviorVersion::latest()))
            .with_region(Some(self.region.clone()))
            .with_http_client(SharedHttpClient::new(self.http.clone()))
            .with_sleep_impl(TokioSleep::new())
            .with_retry_config(self.retries.clone())
            .with_timeout_config(self.timeouts.clone())
    }
}
