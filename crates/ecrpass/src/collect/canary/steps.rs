//! The steps of a run, asked one after the other: each tells how it ended, and leaves behind what was seen.

use std::time::{Duration, Instant};

use ecrpass_aws::TokenRequest;
use ecrpass_aws::fresh::{Fresh, Undone, UndoneKind};
use ecrpass_canary::import::Rules;
use ecrpass_canary::run::{Ending, Limits};
use ecrpass_canary::step::Step;
use ecrpass_canary::target::{Image, Target};
use ecrpass_core::Secret;
use ecrpass_oci::descent::descend;
use ecrpass_oci::http::Response;
use ecrpass_oci::manifest::{Manifest, is_manifest};
use ecrpass_oci::{Http, Login, Origin, RegistryClient, RegistryError};

use super::super::registry_client::http;
use super::evidence::Sightings;

/// How much sooner than allowed an answer may be given up for it to have been a matter of time.
const ALMOST: Duration = Duration::from_millis(30);

/// A run's questions.
pub(super) struct Asking<'a> {
    target: &'a Target,
    request: Option<&'a TokenRequest<'a>>,
    limits: Limits,
    fresh: Option<Fresh<'a>>,
    http: Http,
    origin: Option<Origin>,
    authorization: Option<Secret>,
    /// The digest of the layer to ask for.
    layer: Option<String>,
    /// Whether the pull-through cache rules are asked for, too.
    pub(super) wants_rules: bool,
    /// What they are, once.
    pub(super) rules: Option<Rules>,
    /// What was seen so far.
    pub(super) seen: Sightings,
}

impl<'a> Asking<'a> {
    pub(super) fn new(target: &'a Target, request: Option<&'a TokenRequest<'a>>, limits: Limits) -> Self {
        let host = target.registry.host();
        Self {
            target,
            request,
            limits,
            fresh: None,
            http: http(host, limits.deadline),
            origin: Origin::https(host),
            authorization: None,
            layer: None,
            wants_rules: false,
            rules: None,
            seen: Sightings::new(target),
        }
    }

    /// What was seen, with every call that was made.
    pub(super) fn into_seen(mut self) -> Sightings {
        if let Some(fresh) = &self.fresh {
            self.seen.exchanges = fresh.exchanges();
        }
        self.seen
    }

    /// Tries a step for at most so long.
    pub(super) fn try_step(&mut self, step: Step, limit: Duration) -> Ending {
        match step {
            Step::Credentials => self.credentials(limit),
            Step::Token => self.token(limit),
            Step::Ping => self.ping(limit),
            Step::Manifest => self.manifest(limit),
            Step::Layer => self.layer(limit),
        }
    }

    /// Whether it is asked as anybody may: pulls from ECR Public need no credentials.
    fn is_anonymous(&self) -> bool {
        self.target.registry.is_public() && self.target.role.is_none()
    }

    fn credentials(&mut self, limit: Duration) -> Ending {
        if self.is_anonymous() {
            return Ending::Done;
        }
        // Why there is no request was seen before.
        let Some(request) = self.request else { return Ending::Failed };
        self.seen.uses(request);
        if self.fresh.is_none() {
            match Fresh::new(request, self.limits.patience) {
                Ok(fresh) => self.fresh = Some(fresh),
                Err(refusal) => {
                    self.seen.refused_before(&refusal);
                    return Ending::Failed;
                }
            }
        }
        let Some(fresh) = &mut self.fresh else { return Ending::Failed };
        match fresh.credentials(limit) {
            Ok(account) => {
                self.seen.account = account;
                Ending::Done
            }
            Err(undone) => {
                let ending = ending(&undone);
                self.seen.no_credentials(undone, request);
                ending
            }
        }
    }

    fn token(&mut self, limit: Duration) -> Ending {
        let started = Instant::now();
        if !self.is_anonymous() {
            let Some(fresh) = &self.fresh else { return Ending::Failed };
            let (token, rules) = fresh.token(limit, self.wants_rules);
            if let Some(rules) = rules {
                self.wants_rules = false;
                self.rules = Some(rules.map_or(Rules::Unknown, Rules::Known));
            }
            match token {
                Ok(token) => {
                    let login = Login {
                        username: token.token.username.clone(),
                        password: token.token.password.clone(),
                    };
                    self.authorization = Some(login.header());
                    self.seen.token(token, started.elapsed());
                }
                Err(undone) => {
                    let ending = ending(&undone);
                    self.seen.no_token(undone, &fresh.exchanges(), limit);
                    return ending;
                }
            }
        }
        if self.target.registry.is_public() {
            return self.public_token(limit.saturating_sub(started.elapsed()));
        }
        Ending::Done
    }

    /// ECR Public wants a token of its own, which it gives to anybody.
    fn public_token(&mut self, limit: Duration) -> Ending {
        let Some(origin) = self.origin.clone() else { return Ending::Failed };
        let (started, http) = (Instant::now(), self.http.within_altogether(limit));
        let mut client = RegistryClient::new(&http, origin, self.authorization.take());
        let repository = self.target.image.as_ref().map(|image| image.repository.as_str());
        match client.get_token(repository) {
            Ok(()) => {
                self.authorization = client.into_authorization();
                Ending::Done
            }
            Err(error) => {
                let ending = ending_of(&error, started.elapsed(), limit);
                self.seen.ping(&Err(timely(error, ending, limit)));
                ending
            }
        }
    }

    fn ping(&mut self, limit: Duration) -> Ending {
        let answer = self.ask(limit, |client| client.ping());
        let (answer, ending) = match answer {
            // Every registry says what it is; a captive portal does not.
            Ok(answer) if !answer.is_registrys || answer.is_page() => (Ok(answer), Ending::Failed),
            Ok(answer) => (Ok(answer), Ending::Done),
            Err((error, ending)) => (Err(error), ending),
        };
        self.seen.ping(&answer);
        ending
    }

    fn manifest(&mut self, limit: Duration) -> Ending {
        let Some(image) = self.target.image.clone() else { return Ending::Nothing };
        let started = Instant::now();
        let answer = self.ask(limit, |client| client.manifest(&image.repository, image.reference()));
        let answer = match answer {
            Ok(answer) => answer,
            Err((error, ending)) => {
                self.seen.manifest(&Err(error));
                return ending;
            }
        };
        let is_one = is_manifest(&answer.body);
        let parsed = Manifest::parse(&answer.body);
        let body = answer.body.clone();
        self.seen.manifest(&Ok(answer));
        if !is_one {
            self.seen.manifest_is_foreign();
            return Ending::Failed;
        }
        let layers = match parsed {
            Manifest::Image { layers, .. } => layers,
            Manifest::Index { .. } => {
                let wanted = self.target.platform.clone();
                let here = wanted.clone().unwrap_or_else(this_machine);
                // Of a list without one for this machine, any will do, unless one was asked for.
                let below = descend(&body, &here, wanted.is_none(), &mut |digest| {
                    let left = limit.saturating_sub(started.elapsed());
                    self.ask(left, |client| client.manifest(&image.repository, digest))
                        .map(|answer| answer.body.to_vec())
                });
                match below {
                    Ok(below) => {
                        self.seen.platforms = below.platforms;
                        // What was not looked at may be for that platform.
                        if below.layers.is_none() && wanted.is_some() && !below.is_cut {
                            return Ending::Failed;
                        }
                        below.layers.unwrap_or_default()
                    }
                    Err((error, ending)) => {
                        self.seen.manifest(&Err(error));
                        return ending;
                    }
                }
            }
        };
        self.layer =
            layers.into_iter().min_by_key(|layer| layer.size.unwrap_or(u64::MAX)).map(|layer| layer.digest);
        Ending::Done
    }

    fn layer(&mut self, limit: Duration) -> Ending {
        let (Some(Image { repository, .. }), Some(digest)) = (self.target.image.clone(), self.layer.clone())
        else {
            return Ending::Nothing;
        };
        let mut hosts = Vec::new();
        let answer = self.ask(limit, |client| {
            client.first_byte(&repository, &digest, &mut |origin| hosts.push(origin.authority().to_owned()))
        });
        self.seen.layer_hosts = hosts;
        let (answer, ending) = match answer {
            Ok(answer) if answer.is_page() => (Ok(answer), Ending::Failed),
            Ok(answer) => (Ok(answer), Ending::Done),
            Err((error, ending)) => (Err(error), ending),
        };
        self.seen.layer(&answer);
        ending
    }

    /// Asks the registry, with the token.
    fn ask(
        &self,
        limit: Duration,
        ask: impl FnOnce(&RegistryClient<'_>) -> Result<Response, RegistryError>,
    ) -> Result<Response, (RegistryError, Ending)> {
        let (started, http) = (Instant::now(), self.http.within_altogether(limit));
        let origin = self.origin.clone().ok_or_else(|| {
            let refused = RegistryError::ForbiddenTarget { target: String::new(), why: "it is no host" };
            (refused, Ending::Failed)
        })?;
        let client = RegistryClient::new(&http, origin, self.authorization.clone());
        ask(&client).map_err(|error| {
            let ending = ending_of(&error, started.elapsed(), limit);
            (timely(error, ending, limit), ending)
        })
    }
}

/// How a try to get credentials or a token ended.
fn ending(undone: &Undone) -> Ending {
    match undone.kind {
        UndoneKind::Refused => Ending::Failed,
        UndoneKind::Busy => Ending::Busy,
        UndoneKind::Late => Ending::Late,
    }
}

/// How a request to a registry ended.
fn ending_of(error: &RegistryError, took: Duration, limit: Duration) -> Ending {
    match error {
        RegistryError::Refused(refusal) if refusal.status == 429 || refusal.status >= 500 => Ending::Busy,
        RegistryError::Network(_) | RegistryError::CutOff { .. } if took + ALMOST >= limit => Ending::Late,
        _ => Ending::Failed,
    }
}

/// What took too long says how long that was.
fn timely(error: RegistryError, ending: Ending, limit: Duration) -> RegistryError {
    match error {
        RegistryError::Network(mut network) if ending == Ending::Late => {
            network.words = format!("no answer within {:.1} s ({})", limit.as_secs_f64(), network.words);
            RegistryError::Network(network)
        }
        RegistryError::CutOff { status, mut why } if ending == Ending::Late => {
            why.words = format!("its end did not come within {:.1} s ({})", limit.as_secs_f64(), why.words);
            RegistryError::CutOff { status, why }
        }
        error => error,
    }
}

/// The platform of this machine, as images name it; of whatever runs containers here, that is Linux.
fn this_machine() -> String {
    let os = if cfg!(windows) { "windows" } else { "linux" };
    ecrpass_core::platform::normal(&format!("{os}/{}", std::env::consts::ARCH))
}
