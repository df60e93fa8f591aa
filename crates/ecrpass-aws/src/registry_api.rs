//! The ECR API beyond tokens: repositories, images and what a registry is set to. Blocks, a call at a time; each has the
//! request's deadline.

mod convert;
mod described;
mod failure;
mod images;
mod public;
mod read;
mod write;

use std::fmt;
use std::future::Future;
use std::time::Instant;

#[cfg(feature = "repositories")]
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_ecr::config::Region;
use aws_sdk_ecr::error::{ProvideErrorMetadata, SdkError};
use aws_types::SdkConfig;
pub use described::Described;
use ecrpass_core::error_chain::error_chain;
use ecrpass_core::redact::redact;
use ecrpass_credentials::refusal::Refusal;
pub use failure::{ApiFailure, FailureKind};
use tokio::runtime::Runtime;

use crate::request::TokenRequest;
use crate::token;
use crate::wire::{RecordingClient, WireLog};

/// The API of one region, with credentials.
pub struct RegistryApi<'a> {
    request: &'a TokenRequest<'a>,
    log: WireLog,
    http: RecordingClient,
    runtime: Runtime,
    config: SdkConfig,
    ecr: aws_sdk_ecr::Client,
    /// The account to ask about; none for the credentials' own.
    account: Option<String>,
    /// When all of it has to end, however much time a call may take.
    ends_at: Option<Instant>,
}

impl fmt::Debug for RegistryApi<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryApi").field("account", &self.account).finish_non_exhaustive()
    }
}

impl<'a> RegistryApi<'a> {
    /// Gets ready; nobody is asked yet but whoever gives out the credentials.
    ///
    /// # Errors
    /// A [`Refusal`] when settings contradict themselves.
    pub fn connect(request: &'a TokenRequest<'a>, account: Option<&str>) -> Result<Self, Refusal> {
        token::check_resources()?;
        let log = WireLog::default();
        let http = token::http_client(request, &log)?;
        let runtime = token::runtime()?;
        let config = runtime.block_on(token::sdk_config(request, http.clone()));
        let ecr = aws_sdk_ecr::Client::new(&config);
        let account = account.map(str::to_owned);
        Ok(Self { request, log, http, runtime, config, ecr, account, ends_at: None })
    }

    /// Has all of it end then.
    pub fn end_at(&mut self, time: Instant) {
        self.ends_at = Some(time);
    }

    /// The same in another region.
    pub fn in_region(&mut self, region: &str) {
        let region = Region::new(region.to_owned());
        let config = aws_sdk_ecr::config::Builder::from(&self.config).region(region).build();
        self.ecr = aws_sdk_ecr::Client::from_conf(config);
    }

    /// The account and the ARN of the credentials.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn identity(&self) -> Result<(String, String), ApiFailure> {
        let told = self.ask("GetCallerIdentity", self.sts().get_caller_identity().send())?;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Ok((text(told.account()), text(told.arn())))
    }

    /// What an encoded denial says, as JSON.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn decode_message(&self, message: &str) -> Result<String, ApiFailure> {
        let call = self.sts().decode_authorization_message().encoded_message(message);
        let told = self.ask("DecodeAuthorizationMessage", call.send())?;
        Ok(told.decoded_message().unwrap_or_default().to_owned())
    }

    /// The settings for a service that a FIPS or dual-stack registry says nothing of.
    #[cfg(feature = "repositories")]
    pub(crate) fn global_config(&self) -> SdkConfig {
        self.config.clone().into_builder().use_fips(false).use_dual_stack(false).build()
    }

    /// A client of STS, which has an endpoint in every region; a FIPS or dual-stack registry says nothing of STS.
    fn sts(&self) -> aws_sdk_sts::Client {
        let config =
            aws_sdk_sts::config::Builder::from(&self.config).use_fips(false).use_dual_stack(false).build();
        aws_sdk_sts::Client::from_conf(config)
    }

    /// A client of IAM.
    pub(crate) fn iam(&self) -> aws_sdk_iam::Client {
        let config =
            aws_sdk_iam::config::Builder::from(&self.config).use_fips(false).use_dual_stack(false).build();
        aws_sdk_iam::Client::from_conf(config)
    }

    /// The settings that clients of other services are made from.
    #[cfg(feature = "storage")]
    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The endpoint of a service that was set by hand.
    #[cfg(any(feature = "repositories", feature = "storage"))]
    pub(crate) fn endpoint_for(&self, service: &str) -> Option<String> {
        self.request.surroundings.endpoint_url(self.request.selection, service)
    }

    /// What calls go through that no client of the SDK's makes.
    #[cfg(feature = "repositories")]
    pub(crate) fn http(&self) -> &RecordingClient {
        &self.http
    }

    /// Who gives out the credentials.
    #[cfg(feature = "repositories")]
    pub(crate) fn credentials_provider(&self) -> Option<SharedCredentialsProvider> {
        self.config.credentials_provider()
    }

    /// Forgets what was exchanged, before one of very many calls.
    #[cfg(feature = "storage")]
    pub(crate) fn forget(&self) {
        self.log.forget();
    }

    /// Waits for what needs no network any more.
    #[cfg(feature = "storage")]
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Waits for an answer.
    pub(crate) fn ask<T, E, R>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, SdkError<E, R>>>,
    ) -> Result<T, ApiFailure>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: fmt::Debug + 'static,
    {
        let left = self.ends_at.map(|time| time.saturating_duration_since(Instant::now()));
        let deadline = left.map_or(self.request.deadline, |left| left.min(self.request.deadline));
        let ended = self.runtime.block_on(async { tokio::time::timeout(deadline, call).await });
        let error = match ended {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => error,
            Err(_) => return Err(self.unreached(operation, "", true)),
        };
        let Some(code) = error.as_service_error().and_then(|error| error.code()).map(str::to_owned) else {
            return Err(self.unreached(operation, &error_chain(&error), false));
        };
        let message = error.as_service_error().and_then(|error| error.message()).unwrap_or("no message");
        let kind = FailureKind::of(&code);
        if kind == FailureKind::Credentials {
            return Err(self.unreached(operation, &error_chain(&error), false));
        }
        let words = redact(&format!("{code}: {message}")).into_owned();
        Err(ApiFailure { operation, kind, words, refusal: None })
    }

    /// What came to no answer of the operation's own: no credentials, no network, no valid signature.
    fn unreached(&self, operation: &'static str, error: &str, is_late: bool) -> ApiFailure {
        let exchanges = self.log.exchanges();
        let deadline = is_late.then_some(self.request.deadline);
        let attempt = token::attempt(self.request, &exchanges, error, deadline);
        let refusal = Box::new(attempt.refusal_of(operation));
        let words = refusal.to_string();
        ApiFailure { operation, kind: FailureKind::Credentials, words, refusal: Some(refusal) }
    }
}
