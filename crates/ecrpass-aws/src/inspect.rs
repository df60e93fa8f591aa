//! What AWS says to the credentials: a token, who they are, and what they may do, told one after the other as it comes.

use std::cell::Cell;
use std::fmt;
use std::time::{Duration, Instant};

use aws_sdk_ecr::error::ProvideErrorMetadata;
use ecrpass_core::error_chain::error_chain;
use ecrpass_core::redact::redact;
use ecrpass_core::{CallerIdentity, DiagnosisId};
use ecrpass_credentials::aws_call::{CallOutcome, Exchange};
use ecrpass_credentials::refusal::Refusal;

use crate::permissions::{self, Answer, Simulated, Tried, Wanted};
use crate::request::TokenRequest;
use crate::token::{self, FreshToken};
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
    /// Where else to look for a repository that is not there.
    pub other_regions: Vec<String>,
}

/// In how many other regions a repository is looked for.
const MOST_REGIONS: usize = 6;

/// An answer, as soon as it is there.
pub enum AwsObservation {
    /// The token.
    Token(AwsCall<FreshToken>),
    /// Who the credentials are, or why that was not asked.
    Identity(Result<AwsCall<Identity>, String>),
    /// A repository.
    Repository(String, AwsCall<RepositoryDescription, RepositoryRefusal>),
    /// What may be done there: what was tried, and what IAM's simulation says of the rest.
    Permissions(String, Vec<Tried>, Vec<Simulated>),
    /// Whether the account of the credentials has a repository of that name, too.
    InOwnAccount(String, bool),
    /// The other regions in which the registry's account has a repository of that name.
    InRegions(String, Vec<String>),
}

/// A call to AWS.
#[derive(Clone, Debug)]
pub struct AwsCall<T, E = Refusal> {
    /// What it gave, or why nothing.
    pub answer: Result<T, E>,
    /// What went over the wire, oldest first.
    pub exchanges: Vec<Exchange>,
    /// How long it took.
    pub took: Duration,
}

/// Who the credentials are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account.
    pub account: String,
    /// The ARN.
    pub arn: String,
}

/// A repository, as the API tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryDescription {
    /// Whether its tags can be set only once.
    pub immutable: bool,
    /// Its policy, if it has one; or why that is not known.
    pub policy: Result<Option<String>, String>,
}

/// Why the API tells nothing of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryRefusal {
    /// The kind of reason.
    pub kind: RepositoryRefusalKind,
    /// AWS's code and words, without secrets.
    pub words: String,
}

/// What kind of reason it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepositoryRefusalKind {
    /// There is none of that name.
    NotFound,
    /// These credentials may not look; pulling and pushing take no such permission.
    NotPermitted,
    /// Anything else.
    Other,
}

impl fmt::Display for RepositoryRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

/// Asks AWS. Blocks for at most the request's deadline.
pub fn inspect(request: &TokenRequest<'_>, questions: &Questions, tell: &dyn Fn(AwsObservation)) {
    let started = Instant::now();
    let log = WireLog::default();
    let told = |answer: Result<FreshToken, Refusal>, exchanges: Vec<Exchange>| {
        tell(AwsObservation::Token(AwsCall { answer, exchanges, took: started.elapsed() }));
    };
    let http = match token::http_client(request, &log) {
        Ok(http) => http,
        Err(refusal) => return told(Err(refusal), Vec::new()),
    };
    let runtime = match token::runtime() {
        Ok(runtime) => runtime,
        Err(refusal) => return told(Err(refusal), Vec::new()),
    };
    let is_told = Cell::new(false);
    let asked = async {
        let client = Clients { config: token::sdk_config(request, http).await, log: &log, request };
        let fresh = client.token(started).await;
        let exchanges = log.exchanges();
        is_told.set(true);
        match fresh {
            Ok(fresh) => told(Ok(fresh), exchanges),
            Err(refusal) => {
                // ECR's own no leaves open who asks; without credentials, nobody does.
                let by_ecr = exchanges.last().is_some_and(|last| {
                    last.operation == "GetAuthorizationToken"
                        && matches!(last.outcome, CallOutcome::Refused { .. })
                });
                let id = refusal.id;
                told(Err(refusal), exchanges);
                if id == DiagnosisId::Throttled {
                    // What is asked too often is not asked more.
                    return tell(AwsObservation::Identity(Err(format!("not asked: {id}"))));
                }
                if !by_ecr {
                    return tell(AwsObservation::Identity(Err(format!("not asked: {id}"))));
                }
            }
        }
        // STS may be out of reach where ECR is not: the rest does not wait for it for long.
        let answer = match tokio::time::timeout(IDENTITY_PATIENCE, client.identity()).await {
            Ok(identity) => {
                let answer = identity.answer.as_ref().ok().cloned();
                tell(AwsObservation::Identity(Ok(identity)));
                answer
            }
            Err(_) => {
                let why = format!("STS did not answer within {} s", IDENTITY_PATIENCE.as_secs());
                tell(AwsObservation::Identity(Err(why)));
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
        told(Err(refusal), exchanges);
    }
}

/// Who the credentials are; `None` where AWS does not say in time. Blocks for at most the request's deadline.
pub fn identify(request: &TokenRequest<'_>) -> Option<Identity> {
    let log = WireLog::default();
    let http = token::http_client(request, &log).ok()?;
    let runtime = token::runtime().ok()?;
    let asked = async {
        let client = Clients { config: token::sdk_config(request, http).await, log: &log, request };
        client.identity().await.answer.ok()
    };
    let answer = runtime.block_on(async { tokio::time::timeout(request.deadline, asked).await });
    runtime.shutdown_background();
    answer.ok().flatten()
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

    async fn identity(&self) -> AwsCall<Identity> {
        let started = Instant::now();
        let before = self.log.exchanges().len();
        // STS has an endpoint in every region; a FIPS or dual-stack registry says nothing of STS.
        let config =
            aws_sdk_sts::config::Builder::from(&self.config).use_fips(false).use_dual_stack(false).build();
        let result = aws_sdk_sts::Client::from_conf(config).get_caller_identity().send().await;
        let exchanges: Vec<Exchange> = self.log.exchanges().into_iter().skip(before).collect();
        let answer = match result {
            Ok(output) => Ok(Identity {
                account: output.account().unwrap_or_default().to_owned(),
                arn: output.arn().unwrap_or_default().to_owned(),
            }),
            Err(error) => Err(token::attempt(self.request, &exchanges, &error_chain(&error), None).refusal()),
        };
        AwsCall { answer, exchanges, took: started.elapsed() }
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
                arn: self.request.registry.repository_arn(name).unwrap_or_default(),
                repository: name.clone(),
                pushes: questions.pushes,
            };
            let own = identity.map(|identity| identity.account.as_str()).filter(|own| *own != account);
            // All at once: none waits for another.
            let (repository, tried, in_own) = tokio::join!(
                self.repository(&ecr, account, name),
                permissions::probe(&ecr, &wanted),
                async {
                    match own {
                        Some(own) => exists(&ecr, own, name).await,
                        None => None,
                    }
                },
            );
            let is_absent =
                matches!(&repository.answer, Err(why) if why.kind == RepositoryRefusalKind::NotFound);
            tell(AwsObservation::Repository(name.clone(), repository));
            if is_absent {
                let regions = regions_with(&self.config, &questions.other_regions, account, name).await;
                tell(AwsObservation::InRegions(name.clone(), regions));
            }
            // Only to find out whose denial it is: in many accounts the call itself raises an alarm.
            let is_denied = tried.iter().any(|tried| matches!(tried.answer, Answer::Denied(_)));
            let caller = identity.and_then(|identity| CallerIdentity::parse(&identity.arn)?.in_policies);
            let simulated = match caller.filter(|_| is_denied) {
                Some(caller) => permissions::simulate(&iam, &caller, &wanted).await,
                None => Vec::new(),
            };
            tell(AwsObservation::Permissions(name.clone(), tried, simulated));
            if let Some(in_own) = in_own {
                tell(AwsObservation::InOwnAccount(name.clone(), in_own));
            }
        }
    }

    async fn repository(
        &self,
        ecr: &aws_sdk_ecr::Client,
        account: &str,
        name: &str,
    ) -> AwsCall<RepositoryDescription, RepositoryRefusal> {
        let started = Instant::now();
        let described = ecr.describe_repositories().registry_id(account).repository_names(name).send();
        let policy = ecr.get_repository_policy().registry_id(account).repository_name(name).send();
        let (described, policy) = tokio::join!(described, policy);
        let policy = match policy {
            Ok(output) => Ok(output.policy_text().map(|text| redact(text).into_owned())),
            Err(error) => match error.code() {
                Some("RepositoryPolicyNotFoundException") => Ok(None),
                code => Err(words(code, error.message())),
            },
        };
        let answer = match described {
            Ok(output) => {
                let mutability =
                    output.repositories().first().and_then(|repository| repository.image_tag_mutability());
                let immutable = mutability.is_some_and(|it| it.as_str() == "IMMUTABLE");
                Ok(RepositoryDescription { immutable, policy })
            }
            Err(error) => {
                let kind = match error.code() {
                    Some("RepositoryNotFoundException") => RepositoryRefusalKind::NotFound,
                    Some("AccessDeniedException") => RepositoryRefusalKind::NotPermitted,
                    _ => RepositoryRefusalKind::Other,
                };
                Err(RepositoryRefusal { kind, words: words(error.code(), error.message()) })
            }
        };
        AwsCall { answer, exchanges: Vec::new(), took: started.elapsed() }
    }
}

/// In which of the regions the account has the repository; one that does not answer is none.
async fn regions_with(
    config: &aws_config::SdkConfig,
    regions: &[String],
    account: &str,
    name: &str,
) -> Vec<String> {
    let mut asked = tokio::task::JoinSet::new();
    for region in regions.iter().take(MOST_REGIONS) {
        let of_region = aws_sdk_ecr::config::Builder::from(config)
            .region(aws_sdk_ecr::config::Region::new(region.clone()))
            .build();
        let ecr = aws_sdk_ecr::Client::from_conf(of_region);
        let (region, account, name) = (region.clone(), account.to_owned(), name.to_owned());
        asked.spawn(async move { (exists(&ecr, &account, &name).await == Some(true)).then_some(region) });
    }
    let mut found: Vec<String> = asked.join_all().await.into_iter().flatten().collect();
    found.sort();
    found
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
