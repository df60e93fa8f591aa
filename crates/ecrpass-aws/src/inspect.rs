//! What AWS says to the credentials: a token, who they are, and what they may do, told one after the other as it comes.

use std::cell::Cell;
use std::time::{Duration, Instant};

use aws_sdk_ecr::error::ProvideErrorMetadata;
use ecrpass_core::error_chain::error_chain;
use ecrpass_core::redact::redact;
use ecrpass_core::time::milliseconds;
use ecrpass_core::{Arn, AuthorizationToken, DiagnosisId, Principal, Registry};
use ecrpass_credentials::aws_call::{CallOutcome, Exchange};
use ecrpass_credentials::refusal::Refusal;
use ecrpass_diagnosis::facts::{Call, Identity, Permission, Refused, Repository, Seen, Token, Verdict, Word};

use crate::permissions::{self, Wanted};
use crate::request::TokenRequest;
use crate::token;
use crate::wire::WireLog;

/// How long STS may take to say who the credentials are.
const IDENTITY_PATIENCE: Duration = Duration::from_secs(4);

/// What is asked besides a token.
#[derive(Clone, Debug, Default)]
pub struct Questions {
    /// The repositories in question.
    pub repositories: Vec<String>,
    /// Whether to push there.
    pub pushes: bool,
}

/// An answer, as soon as it is there.
pub enum AwsObservation {
    /// The token: what may be written down of it, and itself.
    Token(Call<Token>, Option<AuthorizationToken>),
    /// Who the credentials are.
    Identity(Seen<Call<Identity>>),
    /// A repository.
    Repository(String, Call<Repository>),
    /// What may be done there.
    Permissions(String, Vec<Permission>),
    /// Whether the account of the credentials has a repository of that name, too.
    InOwnAccount(String, bool),
}

/// Asks AWS. Blocks for at most the request's deadline.
pub fn inspect(request: &TokenRequest<'_>, questions: &Questions, tell: &dyn Fn(AwsObservation)) {
    let started = Instant::now();
    let log = WireLog::default();
    let refused = |refusal: &Refusal, exchanges: Vec<Exchange>| Call {
        answer: None,
        refused: Some(Refused::from(refusal)),
        exchanges,
        took_ms: milliseconds(started.elapsed()),
    };
    let http = match token::http_client(request, &log) {
        Ok(http) => http,
        Err(refusal) => return tell(AwsObservation::Token(refused(&refusal, Vec::new()), None)),
    };
    let runtime = match token::runtime() {
        Ok(runtime) => runtime,
        Err(refusal) => return tell(AwsObservation::Token(refused(&refusal, Vec::new()), None)),
    };
    let is_told = Cell::new(false);
    let asked = async {
        let client = Clients { config: token::sdk_config(request, http).await, log: &log, request };
        let fresh = client.token(started).await;
        let exchanges = log.exchanges();
        is_told.set(true);
        match fresh {
            Ok(fresh) => {
                let answer =
                    Token { expires_at: fresh.expires_at, proxy_endpoint: fresh.proxy_endpoint.clone() };
                let call = Call {
                    answer: Some(answer),
                    refused: None,
                    exchanges,
                    took_ms: milliseconds(started.elapsed()),
                };
                tell(AwsObservation::Token(call, Some(fresh.token)));
            }
            Err(refusal) => {
                // ECR's own no leaves open who asks; without credentials, nobody does.
                let by_ecr = exchanges.last().is_some_and(|last| {
                    last.operation == "GetAuthorizationToken"
                        && matches!(last.outcome, CallOutcome::Refused { .. })
                });
                tell(AwsObservation::Token(refused(&refusal, exchanges), None));
                if !by_ecr {
                    let why = format!("not asked: {}", refusal.id);
                    return tell(AwsObservation::Identity(Seen::Unknown(why)));
                }
            }
        }
        // STS may be out of reach where ECR is not: the rest does not wait for it for long.
        let answer = match tokio::time::timeout(IDENTITY_PATIENCE, client.identity()).await {
            Ok(identity) => {
                let answer = identity.answer.clone();
                tell(AwsObservation::Identity(Seen::Known(identity)));
                answer
            }
            Err(_) => {
                let why = format!("STS did not answer within {} s", IDENTITY_PATIENCE.as_secs());
                tell(AwsObservation::Identity(Seen::Unknown(why)));
                None
            }
        };
        client.repositories(questions, answer.as_ref(), tell).await;
    };
    let ended = runtime.block_on(async { tokio::time::timeout(request.deadline, asked).await });
    runtime.shutdown_background();
    if ended.is_err() && !is_told.get() {
        let exchanges = log.exchanges();
        let refusal = token::attempt(request, &exchanges, "", Some(request.deadline)).refusal();
        tell(AwsObservation::Token(refused(&refusal, exchanges), None));
    }
}

struct Clients<'a> {
    config: aws_config::SdkConfig,
    log: &'a WireLog,
    request: &'a TokenRequest<'a>,
}

impl Clients<'_> {
    async fn token(&self, started: Instant) -> Result<token::FreshToken, Refusal> {
        // What comes after wants some of the time, too.
        let limit = self.request.deadline.saturating_sub(started.elapsed()).mul_f32(0.8);
        let raw = tokio::time::timeout(limit, token::raw_token(self.request.registry, &self.config)).await;
        let exchanges = self.log.exchanges();
        match raw {
            Ok(Ok(raw)) => token::accept(raw, &exchanges),
            Ok(Err(error)) => Err(token::attempt(self.request, &exchanges, &error, None).refusal()),
            Err(_) => Err(token::attempt(self.request, &exchanges, "", Some(limit)).refusal()),
        }
    }

    async fn identity(&self) -> Call<Identity> {
        let started = Instant::now();
        let before = self.log.exchanges().len();
        // STS has an endpoint in every region; a FIPS or dual-stack registry says nothing of STS.
        let config =
            aws_sdk_sts::config::Builder::from(&self.config).use_fips(false).use_dual_stack(false).build();
        let result = aws_sdk_sts::Client::from_conf(config).get_caller_identity().send().await;
        let exchanges: Vec<Exchange> = self.log.exchanges().into_iter().skip(before).collect();
        let (answer, refused) = match result {
            Ok(output) => (
                Some(Identity {
                    account: output.account().unwrap_or_default().to_owned(),
                    arn: output.arn().unwrap_or_default().to_owned(),
                }),
                None,
            ),
            Err(error) => {
                let words = error_chain(&error);
                (None, Some(Refused::from(&token::attempt(self.request, &exchanges, &words, None).refusal())))
            }
        };
        Call { answer, refused, exchanges, took_ms: milliseconds(started.elapsed()) }
    }

    async fn repositories(
        &self,
        questions: &Questions,
        identity: Option<&Identity>,
        tell: &dyn Fn(AwsObservation),
    ) {
        let Some(account) = self.request.registry.account() else { return };
        let ecr = aws_sdk_ecr::Client::new(&self.config);
        let iam = aws_sdk_iam::Client::from_conf(
            aws_sdk_iam::config::Builder::from(&self.config).use_fips(false).use_dual_stack(false).build(),
        );
        for name in &questions.repositories {
            let wanted = Wanted {
                account: account.to_owned(),
                arn: repository_arn(self.request.registry, name),
                repository: name.clone(),
                pushes: questions.pushes,
            };
            let own = identity.map(|identity| identity.account.as_str()).filter(|own| *own != account);
            // All at once: none waits for another.
            let (repository, mut probed, in_own) = tokio::join!(
                self.repository(&ecr, account, name),
                permissions::probe(&ecr, &wanted),
                async {
                    match own {
                        Some(own) => exists(&ecr, own, name).await,
                        None => None,
                    }
                },
            );
            tell(AwsObservation::Repository(name.clone(), repository));
            // Only to find out whose denial it is: in many accounts the call itself raises an alarm.
            let is_denied = probed.iter().any(|permission| permission.verdict == Verdict::Denied);
            let caller = identity.and_then(|identity| Principal::parse(&identity.arn)?.in_policies);
            if let (true, Some(caller)) = (is_denied, caller) {
                probed.extend(permissions::simulate(&iam, &caller, &wanted).await);
            }
            tell(AwsObservation::Permissions(name.clone(), probed));
            if let Some(in_own) = in_own {
                tell(AwsObservation::InOwnAccount(name.clone(), in_own));
            }
        }
    }

    async fn repository(&self, ecr: &aws_sdk_ecr::Client, account: &str, name: &str) -> Call<Repository> {
        let started = Instant::now();
        let described = ecr.describe_repositories().registry_id(account).repository_names(name).send();
        let policy = ecr.get_repository_policy().registry_id(account).repository_name(name).send();
        let (described, policy) = tokio::join!(described, policy);
        let policy = match policy {
            Ok(output) => Seen::Known(output.policy_text().map(|text| redact(text).into_owned())),
            Err(error) => match error.code() {
                Some("RepositoryPolicyNotFoundException") => Seen::Known(None),
                code => Seen::Unknown(words(code, error.message())),
            },
        };
        let (answer, refused) = match described {
            Ok(output) => {
                let mutability =
                    output.repositories().first().and_then(|repository| repository.image_tag_mutability());
                let immutable = mutability.is_some_and(|it| it.as_str() == "IMMUTABLE");
                (Some(Repository { immutable, policy }), None)
            }
            Err(error) => {
                let id = match error.code() {
                    Some("RepositoryNotFoundException") => DiagnosisId::RepositoryNotFound.into(),
                    // Pulling and pushing take no such permission.
                    Some("AccessDeniedException") => Word::read("not-permitted-to-look"),
                    _ => DiagnosisId::AwsServiceTransient.into(),
                };
                let refused = Refused {
                    id,
                    what: words(error.code(), error.message()),
                    next: String::new(),
                    step: None,
                    transient: false,
                };
                (None, Some(refused))
            }
        };
        Call { answer, refused, exchanges: Vec::new(), took_ms: milliseconds(started.elapsed()) }
    }
}

async fn exists(ecr: &aws_sdk_ecr::Client, account: &str, name: &str) -> Option<bool> {
    match ecr.describe_repositories().registry_id(account).repository_names(name).send().await {
        Ok(_) => Some(true),
        Err(error) if error.code() == Some("RepositoryNotFoundException") => Some(false),
        Err(_) => None,
    }
}

fn words(code: Option<&str>, message: Option<&str>) -> String {
    let text = format!("{}: {}", code.unwrap_or("no code"), message.unwrap_or("no message"));
    redact(&text).into_owned()
}

fn repository_arn(registry: &Registry, name: &str) -> String {
    Arn {
        partition: registry.partition().id(),
        service: "ecr",
        region: registry.region(),
        account: registry.account().unwrap_or_default(),
        resource: &format!("repository/{name}"),
    }
    .to_string()
}
