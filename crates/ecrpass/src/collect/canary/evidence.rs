//! What was seen on a run, as doctor's facts, and what its checks say of it.

use std::time::Duration;

use ecrpass_aws::fresh::{Undone, UndoneKind};
use ecrpass_aws::{FreshToken, TokenRequest, clock};
use ecrpass_canary::advice::{End, Occasion, Silence, fitted};
use ecrpass_canary::run::{Limits, Run};
use ecrpass_canary::step::{Step, Verdict};
use ecrpass_canary::target::Target;
use ecrpass_clients::client::{Client, Operation};
use ecrpass_core::time::milliseconds;
use ecrpass_credentials::aws_call::{CallOutcome, Exchange, NetworkFailure};
use ecrpass_credentials::credential_chain::Source;
use ecrpass_credentials::refusal::{NextStep, Refusal};
use ecrpass_diagnosis::examination;
use ecrpass_diagnosis::facts::{
    Bundle, Call, ClientCredentials, Clock, Destination, Failure, MachineFacts, NetworkPath, Question,
    Refused, RegistryResponse, SCHEMA, Seen, Subject, Token,
};
use ecrpass_diagnosis::finding::{Confidence, Finding, Severity};
use ecrpass_oci::RegistryError;
use ecrpass_oci::http::Response;

use super::super::credentials::{Settings, used};
use super::super::instance_metadata;
use super::super::registry_facts::answer;

/// How long a look at the instance metadata service may take, in both its versions.
const METADATA_PATIENCE: Duration = Duration::from_millis(4_500);

/// What was seen.
pub(super) struct Sightings {
    host: String,
    api_host: String,
    uses: Option<String>,
    /// Why there are no credentials, or no token.
    refusal: Option<Refusal>,
    token: Option<Token>,
    token_took: Duration,
    offered: Option<ClientCredentials>,
    /// Where the instance metadata service is, when it should have given credentials.
    metadata: Option<String>,
    ping: Option<RegistryResponse>,
    manifest: Option<RegistryResponse>,
    layer: Option<RegistryResponse>,
    network: Vec<NetworkPath>,
    /// What whoever was asked last did not answer.
    silence: Option<Silence>,
    /// What the registry itself answered last: the status, and its words.
    answered: Option<(u16, String)>,
    /// The account of the credentials.
    pub(super) account: Option<String>,
    /// Every call to AWS.
    pub(super) exchanges: Vec<Exchange>,
    /// The platforms that the image is there for.
    pub(super) platforms: Vec<String>,
    /// The hosts that whoever was asked for a layer led to.
    pub(super) layer_hosts: Vec<String>,
}

impl Sightings {
    pub(super) fn new(target: &Target) -> Self {
        Self {
            host: target.registry.host().to_owned(),
            api_host: target.registry.api_host(),
            uses: None,
            refusal: None,
            token: None,
            token_took: Duration::ZERO,
            offered: None,
            metadata: None,
            ping: None,
            manifest: None,
            layer: None,
            network: Vec::new(),
            silence: None,
            answered: None,
            account: None,
            exchanges: Vec::new(),
            platforms: Vec::new(),
            layer_hosts: Vec::new(),
        }
    }

    /// The credentials that are used, in a few words.
    pub(super) fn uses(&mut self, request: &TokenRequest<'_>) {
        self.uses = Some(used(request.selection));
    }

    /// Settings stop everything before anybody is asked.
    pub(super) fn refused_before(&mut self, refusal: &Refusal) {
        self.refusal = Some(of_a_canary(refusal.clone()));
    }

    pub(super) fn no_credentials(&mut self, undone: Undone, request: &TokenRequest<'_>) {
        self.refusal = Some(of_a_canary(undone.refusal));
        if matches!(request.selection.source, Source::InstanceMetadata) {
            self.metadata = Some(request.surroundings.metadata_endpoint(request.selection));
        }
    }

    pub(super) fn token(&mut self, fresh: FreshToken, took: Duration) {
        let offered = ClientCredentials::of(&fresh.token.username, &fresh.token.password);
        // It was issued this moment: when the registry says that it is over, that counts, and no clock of ours.
        self.offered = Some(ClientCredentials { expires_at: None, ..offered });
        self.token = Some(Token { expires_at: fresh.expires_at, proxy_endpoint: fresh.proxy_endpoint });
        self.token_took = took;
        self.refusal = None;
    }

    pub(super) fn no_token(&mut self, undone: Undone, exchanges: &[Exchange], limit: Duration) {
        let failure = match (undone.kind, exchanges.last()) {
            (UndoneKind::Late, _) => {
                let words = format!("connected or not, no answer within {:.1} s", limit.as_secs_f64());
                Some((self.api_host.clone(), NetworkFailure::Timeout, words))
            }
            // An answer that began to come had its date in front: the way there is open.
            (
                _,
                Some(Exchange {
                    host,
                    outcome: CallOutcome::Unreachable { text, .. },
                    server_time: Some(_),
                    ..
                }),
            ) => {
                self.silent(host.clone(), End::Answered, text.clone());
                None
            }
            (_, Some(Exchange { host, outcome: CallOutcome::Unreachable { kind, text }, .. })) => {
                Some((host.clone(), *kind, text.clone()))
            }
            _ => None,
        };
        if let Some((host, kind, words)) = failure {
            self.path(Destination::Api, host, Some(Failure { kind, words }));
        }
        self.refusal = Some(of_a_canary(undone.refusal));
    }

    /// Nobody answered, or not to the end.
    fn silent(&mut self, host: String, end: End, words: String) {
        self.silence = Some(Silence { host, end, words });
    }

    /// The registry answers to the login, or does not; it also does where the answer is another's.
    pub(super) fn ping(&mut self, result: &Result<Response, RegistryError>) {
        let mut seen = self.registry(result);
        seen.foreign |= result.as_ref().is_ok_and(|answer| !answer.is_registrys);
        self.ping = Some(seen);
    }

    pub(super) fn manifest(&mut self, result: &Result<Response, RegistryError>) {
        self.manifest = Some(self.registry(result));
    }

    /// It was a success, and no manifest.
    pub(super) fn manifest_is_foreign(&mut self) {
        if let Some(manifest) = &mut self.manifest {
            manifest.foreign = true;
        }
    }

    pub(super) fn layer(&mut self, result: &Result<Response, RegistryError>) {
        let seen = answer(result);
        match self.layer_hosts.last().cloned() {
            Some(host) => {
                self.answered = None;
                self.path(Destination::Layers, host, failure(&seen));
                self.layer = Some(seen);
            }
            None => self.layer = Some(self.registry(result)),
        }
    }

    /// An answer of the registry, and with it the way there.
    fn registry(&mut self, result: &Result<Response, RegistryError>) -> RegistryResponse {
        let seen = answer(result);
        self.answered = (seen.status != 0 && !seen.foreign).then(|| (seen.status, seen.message.clone()));
        self.path(Destination::Registry, self.host.clone(), failure(&seen));
        seen
    }

    /// What was seen of a way last is how it is.
    fn path(&mut self, destination: Destination, host: String, failure: Option<Failure>) {
        self.silence = failure.as_ref().map(|failure| Silence {
            host: host.clone(),
            end: match failure.kind {
                NetworkFailure::Timeout => End::Late,
                NetworkFailure::Broken => End::Closed,
                _ => End::Unconnected,
            },
            words: failure.words.clone(),
        });
        self.network.retain(|path| path.destination != destination);
        self.network.push(NetworkPath {
            destination,
            host,
            addresses: Vec::new(),
            private: false,
            proxy: None,
            connected_ms: None,
            status: None,
            server: None,
            failure,
            took_ms: 0,
        });
    }

    /// This machine's clock minus AWS's, in seconds.
    pub(super) fn clock_offset(&self) -> Option<i64> {
        self.clock().map(|clock| clock.ahead)
    }

    /// The metadata services have this machine's own clock.
    fn clock(&self) -> Option<Clock> {
        self.exchanges.iter().rev().find_map(|exchange| {
            let server = exchange.server_time.filter(|_| !exchange.operation.starts_with('/'))?;
            Some(Clock { ahead: exchange.local_time.saturating_sub(server), host: exchange.host.clone() })
        })
    }

    /// When the token expires, where one was issued.
    pub(super) fn token_expires_at(&self) -> Option<i64> {
        self.token.as_ref().map(|token| token.expires_at)
    }
}

/// How the way to somebody fails; not at all where an answer began to come.
fn failure(seen: &RegistryResponse) -> Option<Failure> {
    let kind = seen.failure.filter(|_| !seen.is_cut_off())?;
    Some(Failure { kind, words: seen.message.clone() })
}

/// A refusal whose next step is one of a canary: it has times of its own, and no cache.
fn of_a_canary(refusal: Refusal) -> Refusal {
    let next = match &refusal.next {
        NextStep::CheckPathOrDeadline => {
            "check the network path to AWS; if it is only slow, give the canary's steps more time: --patience, or `patience` in its configuration".into()
        }
        NextStep::SpeedUpProcess => {
            "make it answer faster (nobody is there to answer a prompt), or give the canary's steps more time: --patience, or `patience` in its configuration".into()
        }
        NextStep::SlowDown => "try again in a minute".into(),
        _ => return refusal,
    };
    Refusal { next, ..refusal }
}

/// What doctor's checks say in a canary's words: the cause, if one is an error, and the findings.
pub(super) fn examine(
    target: &Target,
    settings: &Settings,
    seen: Sightings,
    took: Duration,
    (run, limits): (&Run, Limits),
) -> (Option<(String, Confidence)>, Vec<Finding>) {
    let mut seen = seen;
    if limits.deadline.saturating_sub(took) < METADATA_PATIENCE {
        seen.metadata = None;
    }
    let occasion = Occasion {
        failed: run.failed(),
        showed_token: seen.token.is_some() && run.failed() > Some(Step::Token),
        answered: seen.answered.take(),
        silence: seen.silence.take(),
        patience: limits.patience,
    };
    let bundle = bundle(target, settings, seen, took);
    let bundle = bundle.settled().unwrap_or(bundle);
    let mut findings = fitted(examination::examine(&bundle).findings, &occasion);
    // What did not fail is no error, whatever it looks like.
    findings.retain(|finding| match finding.severity {
        Severity::Error => run.verdict() == Verdict::Fail,
        Severity::Warning => true,
        Severity::Note => false,
    });
    let first = findings.iter().find(|finding| finding.severity == Severity::Error);
    (first.map(|finding| (finding.id.clone(), finding.confidence)), findings)
}

fn bundle(target: &Target, settings: &Settings, seen: Sightings, took: Duration) -> Bundle {
    const NOT_REACHED: &str = "the run did not come so far";
    fn reached<T>(seen: Option<T>) -> Seen<T> {
        seen.map_or_else(|| Seen::Unknown(NOT_REACHED.to_owned()), Seen::Known)
    }
    let mut aws = settings.facts(target.registry.host());
    aws.clock = reached(seen.clock());
    // Which of its versions answers tells of a hop limit.
    aws.metadata = seen.metadata.as_deref().map(instance_metadata::probe);
    let token = match (seen.token, &seen.refusal) {
        (Some(token), _) => Some((Some(token), None)),
        (None, Some(refusal)) => Some((None, Some(Refused::from(refusal)))),
        (None, None) => None,
    };
    let token = token.map(|(answer, refused)| Call {
        answer,
        refused,
        exchanges: seen.exchanges,
        took_ms: milliseconds(seen.token_took),
    });
    // A pull from ECR Public shows nothing of its own.
    let is_anonymous = target.registry.is_public() && target.role.is_none();
    let offered = if is_anonymous { Some(ClientCredentials::default()) } else { seen.offered };
    let subject = Subject {
        name: target.name(),
        host: seen.host,
        repository: target.image.as_ref().map(|image| image.repository.clone()),
        tag: target.image.as_ref().map(|image| image.reference().to_owned()),
        uses: seen.uses,
        offered: reached(offered),
        token: reached(token),
        network: seen.network,
        own_token: true,
        login: reached(seen.ping),
        manifest: reached(seen.manifest),
        platforms: seen.platforms,
        platform: target.platform.clone().unwrap_or_default(),
        layer: reached(seen.layer),
        ..Subject::default()
    };
    Bundle {
        schema: SCHEMA.to_owned(),
        ecrpass: env!("CARGO_PKG_VERSION").to_owned(),
        collected_at: clock::now(),
        took_ms: milliseconds(took),
        deadline_ms: 0,
        question: Question {
            operation: Operation::Pull.into(),
            // It asks as a client without a daemon does, from where it runs.
            client: Client::Crane.into(),
            platform: target.platform.clone(),
            ..Question::default()
        },
        machine: MachineFacts::default(),
        aws,
        subjects: vec![subject],
        log: Vec::new(),
    }
}
