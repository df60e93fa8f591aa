//! The world, and the replicas in it: what the driver does with real clocks and connections, done with those of the world.

use std::sync::Arc;

use ecrpass_core::{DiagnosisId, Secret};
use futures_util::FutureExt as _;

use super::server::{Server, State};
use crate::engine::Engine;
use crate::feed::{Feed, Kind};
use crate::job;
use crate::names::Name;
use crate::settings::Settings;
use crate::token::{Refused, Token};
use crate::work::{Notice, Outcome, Request, Target};

/// When everything begins, in milliseconds.
pub const BEGIN: i64 = 1_800_000_000_000;

/// How AWS answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aws {
    Answers,
    Silent,
    Denies,
}

/// Everything there is.
pub struct World {
    pub server: Server,
    pub settings: Arc<Settings>,
    pub aws: Aws,
    /// The tokens that AWS does not give, by number, though it gives others.
    pub denied: Vec<usize>,
    /// Who asked for a token when.
    pub calls: Vec<(i64, usize)>,
    /// How long a token lives, in seconds.
    pub life: i64,
    pub replicas: Vec<Replica>,
    /// Everything that was said.
    pub notices: Vec<Notice>,
}

/// A replica.
pub struct Replica {
    pub engine: Engine,
    /// How far each feed is; nowhere at first.
    places: Vec<Option<usize>>,
    tokens: Vec<(i64, usize)>,
    results: Vec<(i64, Target, Outcome)>,
    /// Whether it holds the lease.
    pub leads: bool,
    /// What it has not been able to list yet.
    pub blind: Option<Kind>,
    /// By how much its clock is wrong, in milliseconds.
    pub skew: i64,
}

impl Replica {
    pub fn new(settings: &Arc<Settings>, seed: u64) -> Self {
        let engine = Engine::new(Arc::clone(settings), seed);
        let places = engine.index.feeds().map(|_| None).collect();
        Self { engine, places, tokens: Vec::new(), results: Vec::new(), leads: true, blind: None, skew: 0 }
    }

    /// The watches are too old: everything is listed anew.
    pub fn watches_expire(&mut self) {
        self.places.iter_mut().for_each(|place| *place = None);
    }

    /// Other settings.
    pub fn reconfigure(&mut self, settings: &Arc<Settings>) {
        let settings = settings.as_ref().clone().replacing(self.engine.settings());
        self.engine.reconfigure(Arc::new(settings));
        self.places = self.engine.index.feeds().map(|_| None).collect();
        self.tokens.clear();
        self.results.clear();
    }

    fn see(&mut self, server: &Server, now: i64) {
        let state = server.state();
        if state.down {
            return;
        }
        let feeds: Vec<Feed> = self.engine.index.feeds().cloned().collect();
        for (number, feed) in feeds.iter().enumerate() {
            if self.blind == Some(feed.kind) {
                continue;
            }
            let mut changed: Vec<Name> = Vec::new();
            let objects: Vec<(Kind, String, String)> = match self.places[number] {
                Some(place) => state.changes.iter().skip(place).cloned().collect(),
                None => state.all(feed.kind),
            };
            if self.places[number].is_none() {
                self.engine.index.began(number);
            }
            for (kind, namespace, name) in objects {
                if kind == feed.kind && feed.covers(&namespace, &name) {
                    changed.extend(see(&mut self.engine, &state, number, kind, &namespace, &name));
                }
            }
            if self.places[number].is_none() {
                changed.extend(self.engine.index.ended(number));
            }
            self.places[number] = Some(state.changes.len());
            self.engine.changed(changed, now);
        }
    }
}

fn see(
    engine: &mut Engine,
    state: &State,
    number: usize,
    kind: Kind,
    namespace: &str,
    name: &str,
) -> Option<Name> {
    let key = (namespace.to_owned(), name.to_owned());
    let index = &mut engine.index;
    let seen = match kind {
        Kind::Namespace => state.namespaces.get(name).map(|it| index.namespace_seen(number, it)),
        Kind::Secret => state.secrets.get(&key).map(|it| index.secret_seen(Some(number), it)),
        Kind::Account => state.accounts.get(&key).map(|it| index.account_seen(Some(number), it)),
    };
    seen.unwrap_or_else(|| engine.index.gone(kind, namespace, name))
}

impl World {
    /// An empty cluster, and one replica.
    pub fn new(settings: Settings) -> Self {
        let settings = Arc::new(settings);
        let server = Server::default();
        server.state().now = BEGIN;
        let replicas = vec![Replica::new(&settings, 1)];
        Self {
            server,
            settings,
            aws: Aws::Answers,
            denied: Vec::new(),
            calls: Vec::new(),
            life: 12 * 3600,
            replicas,
            notices: Vec::new(),
        }
    }

    pub fn now(&self) -> i64 {
        self.server.state().now
    }

    /// The replica that is killed loses all it knows, and another is started in its place.
    pub fn kill(&mut self, number: usize) {
        let seed = u64::try_from(self.now()).unwrap() + u64::try_from(number).unwrap();
        let skew = self.replicas[number].skew;
        self.replicas[number] = Replica { skew, ..Replica::new(&self.settings, seed) };
    }

    /// Lets so many seconds pass.
    pub fn pass(&mut self, seconds: i64) {
        self.pass_milliseconds(seconds * 1000);
    }

    /// The same, more exactly.
    pub fn pass_milliseconds(&mut self, milliseconds: i64) {
        let end = self.now() + milliseconds;
        while self.now() < end {
            let next = self.turn().unwrap_or(end);
            let now = self.now();
            self.server.state().now = next.clamp(now + 50, now + 60_000).min(end);
        }
        self.turn();
    }

    /// One turn of every replica; says when there is something to do next.
    pub fn turn(&mut self) -> Option<i64> {
        let now = self.now();
        let mut next: Option<i64> = None;
        for number in 0..self.replicas.len() {
            let replica = &mut self.replicas[number];
            let local = now + replica.skew;
            replica.see(&self.server, local);
            let (done, waiting) =
                std::mem::take(&mut replica.results).into_iter().partition(|(at, ..)| *at <= now);
            replica.results = waiting;
            let done: Vec<(i64, Target, Outcome)> = done;
            for (_, target, outcome) in done {
                replica.engine.done(&target, outcome, local);
            }
            let (came, asked): (Vec<_>, Vec<_>) =
                std::mem::take(&mut replica.tokens).into_iter().partition(|(at, _)| *at <= now);
            replica.tokens = asked;
            for (_, token) in came {
                self.answer(number, token, now);
            }
            let replica = &mut self.replicas[number];
            let local = now + replica.skew;
            replica.engine.lead(replica.leads, local);
            for request in replica.engine.poll(local) {
                match request {
                    Request::Token(token) => replica.tokens.push((now + 200, token)),
                    Request::Job(target, job) => {
                        let leads = replica.leads;
                        let may_write = move || leads;
                        let run = job::run(&self.server, &job, local.div_euclid(1000), &may_write);
                        // It was carried out; that is known a moment later, if somebody still lives then.
                        let outcome = run.now_or_never().unwrap();
                        replica.results.push((now + 20, target, outcome));
                    }
                }
            }
            self.notices.extend(replica.engine.notices());
            let own = replica.engine.next().map(|at| at - replica.skew);
            let results = replica.results.iter().map(|(at, ..)| *at).min();
            let tokens = replica.tokens.iter().map(|(at, _)| *at).min();
            next = [next, own, results, tokens].into_iter().flatten().min();
        }
        // What was changed in the meantime is seen in the next turn.
        let behind = self.replicas.iter().any(|replica| {
            let state = self.server.state();
            let is_behind = |place: &Option<usize>| *place != Some(state.changes.len());
            !state.down && replica.blind.is_none() && replica.places.iter().any(is_behind)
        });
        if behind { Some(now + 50) } else { next }
    }

    fn answer(&mut self, replica: usize, number: usize, now: i64) {
        self.calls.push((now, number));
        let source = &self.settings.tokens[number];
        let replica = &mut self.replicas[replica];
        let local = now + replica.skew;
        let refused = |cause: &str, transient| Refused {
            cause: cause.to_owned(),
            text: format!("[{cause}]"),
            transient,
            fingerprint: None,
        };
        if self.aws == Aws::Silent {
            return replica.engine.no_token(
                number,
                refused(DiagnosisId::NetworkTimeoutEcrApi.slug(), true),
                local,
            );
        }
        if self.aws == Aws::Denies || self.denied.contains(&number) {
            return replica.engine.no_token(
                number,
                refused(DiagnosisId::IamMissingGetAuthorizationToken.slug(), false),
                local,
            );
        }
        let (issued, expires) = (now / 1000, now / 1000 + self.life);
        let token = Token {
            username: "AWS".to_owned(),
            password: Secret::new(format!("token-{number}-{}-{expires}", self.calls.len())),
            issued,
            expires,
            mark: Arc::clone(&source.mark),
            fingerprint: "f".to_owned(),
        };
        // From now on it knows what time it is.
        replica.skew = 0;
        replica.engine.token(number, token, now);
    }

    /// Whether every secret of that name has a live token with some time left, in so many namespaces.
    pub fn all_fresh(&self, name: &str, count: usize) -> bool {
        let left = self.server.state().left(name);
        left.len() == count && left.values().all(|left| *left > 0)
    }

    pub fn said(&self, reason: &str) -> usize {
        self.notices.iter().filter(|notice| notice.reason == reason).count()
    }
}
