//! A fresh token, one step after the other: first the credentials, then the token, each within a time of its own, once,
//! and past every cache. What is tried again, the caller tries again.

use std::fmt;
use std::time::{Duration, Instant};

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;
use ecrpass_core::error_chain::error_chain;
use ecrpass_core::redact::redact;
use ecrpass_core::{DiagnosisId, access_key};
use ecrpass_credentials::aws_call::{CallOutcome, Exchange};
use ecrpass_credentials::refusal::Refusal;
use tokio::runtime::Runtime;

use crate::credentials;
use crate::request::TokenRequest;
use crate::sdk::Transport;
use crate::token::{self, FreshToken};
use crate::wire::WireLog;

/// What is asked for beside the token.
const RULES: &str = "DescribePullThroughCacheRules";

/// How long that may take: nobody waits for it who has a token.
const RULES_PATIENCE: Duration = Duration::from_secs(1);

/// The most rules that are read; a registry has at most 50. Source: ECR user guide, "Service quotas".
const MOST_RULES: i32 = 1_000;

/// Credentials on their way to a token.
pub struct Fresh<'a> {
    request: &'a TokenRequest<'a>,
    log: WireLog,
    transport: Transport,
    /// Taken when it is dropped.
    runtime: Option<Runtime>,
    config: Option<SdkConfig>,
}

impl fmt::Debug for Fresh<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fresh").finish_non_exhaustive()
    }
}

/// Why a step was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// The reason.
    pub refusal: Refusal,
    /// What it means for the next try.
    pub kind: UndoneKind,
}

/// What a failure means for the next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndoneKind {
    /// It would fail again.
    Refused,
    /// AWS asked for patience, or failed by itself.
    Busy,
    /// There was no answer in time.
    Late,
}

/// The prefixes of the registry's pull-through cache rules, or why they are not known.
pub type CacheRules = Result<Vec<String>, String>;

impl<'a> Fresh<'a> {
    /// Gets ready; nobody is asked yet.
    ///
    /// # Errors
    /// A [`Refusal`] when settings contradict themselves, or the system has no resources left.
    pub fn new(request: &'a TokenRequest<'a>, patience: Duration) -> Result<Self, Refusal> {
        token::check_resources()?;
        let log = WireLog::default();
        let http = token::http_client(request, &log)?;
        let transport = Transport::new(request, http).without_retries(patience);
        Ok(Self { request, log, transport, runtime: Some(token::runtime()?), config: None })
    }

    /// Looks for credentials, as the selection says; the account they are likely of.
    ///
    /// # Errors
    /// [`Undone`].
    pub fn credentials(&mut self, limit: Duration) -> Result<Option<String>, Undone> {
        let before = self.log.exchanges().len();
        let end = Instant::now() + limit;
        let found = self.wait(limit, credentials::resolve(self.request, &self.transport, end));
        match found {
            Some(Ok(found)) => {
                let account = access_key::account(found.access_key_id());
                self.config = Some(self.transport.config(Some(SharedCredentialsProvider::new(found))));
                Ok(account)
            }
            Some(Err(words)) => Err(self.undone(before, &words, None)),
            None => Err(self.undone(before, "", Some(limit))),
        }
    }

    /// Asks for a token with them; where the rules are wanted, for these at the same time.
    ///
    /// # Errors
    /// [`Undone`]; also where no credentials were looked for.
    pub fn token(
        &self,
        limit: Duration,
        wants_rules: bool,
    ) -> (Result<FreshToken, Undone>, Option<CacheRules>) {
        let before = self.log.exchanges().len();
        let Some(config) = &self.config else {
            return (Err(self.undone(before, "there are no credentials", None)), None);
        };
        let asked = async {
            let token = tokio::time::timeout(limit, token::raw_token(self.request.registry, config));
            let rules = async {
                if !wants_rules {
                    return None;
                }
                let within = tokio::time::timeout(limit.min(RULES_PATIENCE), self.rules(config)).await;
                Some(within.unwrap_or_else(|_| Err("no answer in time".to_owned())))
            };
            tokio::join!(token, rules)
        };
        // Both have their own time.
        let (raw, rules) = match self.wait(limit + RULES_PATIENCE, asked) {
            Some((raw, rules)) => (raw.ok(), rules),
            None => (None, None),
        };
        let token = match raw {
            Some(Ok(raw)) => {
                token::read(raw, &self.since(before)).map_err(|refusal| self.kind_of(before, refusal))
            }
            Some(Err(words)) => Err(self.undone(before, &words, None)),
            None => Err(self.undone(before, "", Some(limit))),
        };
        (token, rules)
    }

    async fn rules(&self, config: &SdkConfig) -> CacheRules {
        let Some(account) = self.request.registry.account() else { return Ok(Vec::new()) };
        let ecr = aws_sdk_ecr::Client::new(config);
        let call = ecr.describe_pull_through_cache_rules().registry_id(account).max_results(MOST_RULES);
        let told = call.send().await.map_err(|error| redact(&error_chain(&error)).into_owned())?;
        let prefix =
            |rule: &aws_sdk_ecr::types::PullThroughCacheRule| rule.ecr_repository_prefix().map(str::to_owned);
        Ok(told.pull_through_cache_rules().iter().filter_map(prefix).collect())
    }

    /// Every call made, oldest first, but what was asked for by the way.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.since(0)
    }

    fn since(&self, before: usize) -> Vec<Exchange> {
        let exchanges = self.log.exchanges().into_iter().skip(before);
        exchanges.filter(|exchange| exchange.operation != RULES).collect()
    }

    /// Waits for an answer; `None` where it does not come in time.
    fn wait<T>(&self, limit: Duration, asked: impl Future<Output = T>) -> Option<T> {
        let runtime = self.runtime.as_ref()?;
        runtime.block_on(async { tokio::time::timeout(limit, asked).await }).ok()
    }

    /// Why a try failed that began after so many exchanges.
    fn undone(&self, before: usize, words: &str, limit: Option<Duration>) -> Undone {
        let exchanges = self.since(before);
        let refusal = token::attempt(self.request, &exchanges, words, limit).refusal();
        match limit {
            Some(_) => Undone { refusal, kind: UndoneKind::Late },
            None => self.kind_of(before, refusal),
        }
    }

    fn kind_of(&self, before: usize, refusal: Refusal) -> Undone {
        let failed_by_itself = self.since(before).last().is_some_and(
            |last| matches!(&last.outcome, CallOutcome::Refused { status, .. } if *status >= 500),
        );
        let is_busy = refusal.id == DiagnosisId::Throttled || failed_by_itself;
        Undone { refusal, kind: if is_busy { UndoneKind::Busy } else { UndoneKind::Refused } }
    }
}

impl Drop for Fresh<'_> {
    fn drop(&mut self) {
        // A name lookup that hangs sits in a thread of its own: it is not waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
