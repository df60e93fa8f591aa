//! The operator without its hands: it is told what is seen and what came of its requests, and says what to do next. It
//! knows no clock, no network and no thread, so that days of a cluster can be played through in a test.

mod asking;
mod counts;
mod intentions;
mod notes;
mod queue;
mod survey;
mod trouble;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ecrpass_core::time::rfc3339;

use self::asking::Asking;
pub use self::counts::Counts;
use self::queue::{AT_ONCE, Queue};
use self::trouble::Troubles;
use crate::digest;
use crate::index::Index;
use crate::names::Name;
use crate::plan::{self, Held, SecretStep};
use crate::renewal::Backoff;
use crate::secret::Want;
use crate::settings::Settings;
use crate::token::Token;
use crate::work::{AccountChange, Cause, Job, Notice, Object, Outcome, Request, Target};

/// A clock that goes back by more than this was set.
const SET_BACK: i64 = 5_000;

/// The engine.
#[derive(Debug)]
pub struct Engine {
    settings: Arc<Settings>,
    /// What is in the cluster.
    pub index: Index,
    held: Vec<Held>,
    asking: Vec<Asking>,
    queue: Queue,
    running: BTreeSet<Target>,
    timers: BTreeMap<Name, i64>,
    alarm: BTreeSet<(i64, Name)>,
    troubles: Troubles,
    pause: Backoff,
    leading: bool,
    latest: i64,
    seed: u64,
    notices: Vec<Notice>,
    /// What was done, for the metrics.
    pub counts: Counts,
    converged: bool,
    missing_since: Option<i64>,
}

impl Engine {
    /// An engine for these settings. The seed makes its pauses differ from other replicas'.
    pub fn new(settings: Arc<Settings>, seed: u64) -> Self {
        let count = settings.tokens.len();
        Self {
            index: Index::new(Arc::clone(&settings)),
            held: vec![Held::default(); count],
            asking: std::iter::repeat_with(Asking::default).take(count).collect(),
            queue: Queue::new(settings.writes_per_second),
            settings,
            running: BTreeSet::new(),
            timers: BTreeMap::new(),
            alarm: BTreeSet::new(),
            troubles: Troubles::default(),
            pause: Backoff::default(),
            leading: false,
            latest: i64::MIN,
            seed,
            notices: Vec::new(),
            counts: Counts::default(),
            converged: false,
            missing_since: None,
        }
    }

    /// From now on these settings: tokens of the same sources stay, and so does what was counted. What was asked for before
    /// is not waited for, and the cluster is to be listed anew.
    pub fn reconfigure(&mut self, settings: Arc<Settings>) {
        let mut old = std::mem::replace(self, Self::new(settings, self.seed));
        for (source, held) in self.settings.tokens.iter().zip(&mut self.held) {
            let same = old.settings.tokens.iter().position(|known| known.mark == source.mark);
            if let Some(known) = same.and_then(|number| old.held.get_mut(number)) {
                *held = std::mem::take(known);
            }
        }
        self.leading = old.leading;
        self.latest = old.latest;
        self.counts = std::mem::take(&mut old.counts);
        self.counts.last_success.clear();
        self.notices = std::mem::take(&mut old.notices);
    }

    /// The settings.
    pub fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// Whether this replica writes.
    pub fn is_leading(&self) -> bool {
        self.leading
    }

    /// This replica writes from now on, or does not.
    pub fn lead(&mut self, leading: bool, now: i64) {
        if std::mem::replace(&mut self.leading, leading) != leading && leading {
            // What was needed when this replica led before may be there by now.
            self.asking.iter_mut().for_each(Asking::forget);
            self.look_at_all(now);
        }
    }

    /// What there is to say since this was asked last.
    pub fn notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// The fingerprint of the credentials that AWS was last asked with, and answered or refused; nothing where it was not asked,
    /// and none where there were no credentials.
    pub fn tried_with(&self, number: usize) -> Option<Option<&str>> {
        match &self.asking.get(number)?.refused {
            Some(refused) => Some(refused.fingerprint.as_deref()),
            None => Some(Some(self.held.get(number)?.token.as_ref()?.fingerprint.as_str())),
        }
    }

    /// The credentials of a token are others than those that AWS was last asked with.
    pub fn source_changed(&mut self, number: usize, now: i64) {
        let (Some(held), Some(asking)) = (self.held.get_mut(number), self.asking.get_mut(number)) else {
            return;
        };
        asking.at_once();
        if let Some(token) = &held.token {
            held.replaced_before = Some(token.issued);
            asking.want(false, now);
        }
        let text = "the credentials changed, so AWS is asked for another token".to_owned();
        self.say(false, "CredentialsChanged", None, text, now);
        self.look_at_all(now);
    }

    /// What is to be done now.
    pub fn poll(&mut self, now: i64) -> Vec<Request> {
        if now.saturating_add(SET_BACK) < self.latest {
            // Every moment that was noted lies in another time.
            self.troubles.forget_times();
            self.pause = Backoff::default();
            self.asking.iter_mut().for_each(Asking::at_once);
            self.look_at_all(now);
        }
        self.latest = now;
        while let Some((at, name)) = self.alarm.first().cloned()
            && at <= now
        {
            self.alarm.pop_first();
            self.timers.remove(&name);
            self.look(&name, now);
        }
        let mut requests = Vec::new();
        if !self.leading {
            return requests;
        }
        for (number, asking) in self.asking.iter_mut().enumerate() {
            if asking.start(now) {
                requests.push(Request::Token(number));
            }
        }
        while self.running.len() < self.at_once() && self.pause.is_over(now) {
            let Some(target) = self.queue.pop(now) else { break };
            if let Some(job) = self.job(&target, now) {
                self.running.insert(target.clone());
                requests.push(Request::Job(target, job));
            }
        }
        requests
    }

    /// One request is enough to find out whether the API server is back.
    fn at_once(&self) -> usize {
        if self.pause.failures > 0 { 1 } else { AT_ONCE }
    }

    /// When [`Self::poll`] has something to do, if nothing happens before.
    pub fn next(&self) -> Option<i64> {
        let alarm = self.alarm.first().map(|(at, _)| *at);
        if !self.leading {
            return alarm;
        }
        let asking = self.asking.iter().filter_map(Asking::next).min();
        let queue = if self.running.len() < self.at_once() { self.queue.next() } else { None };
        let queue = queue.map(|at| at.max(self.pause.until));
        [alarm, asking, queue].into_iter().flatten().min()
    }

    /// Whether all that can be done now is done: nothing waits, nothing runs, nothing is asked for that was not refused.
    pub fn is_settled(&self) -> bool {
        let asking = |asking: &Asking| asking.is_waited_for() && asking.refused.is_none();
        self.index.is_synced()
            && self.queue.is_empty()
            && self.running.is_empty()
            && !self.asking.iter().any(asking)
    }

    /// These namespaces changed.
    pub fn changed(&mut self, names: impl IntoIterator<Item = Name>, now: i64) {
        for name in names {
            self.look(&name, now);
        }
    }

    fn look_at_all(&mut self, now: i64) {
        let names: Vec<Name> = self.index.namespaces().keys().cloned().collect();
        self.changed(names, now);
    }

    /// Decides about a namespace.
    fn look(&mut self, name: &Name, now: i64) {
        if let Some(at) = self.timers.remove(name) {
            self.alarm.remove(&(at, Arc::clone(name)));
        }
        if !self.leading || !self.index.knows_secrets(name) {
            return;
        }
        let knows_accounts = self.index.knows_accounts(name);
        let Some(namespace) = self.index.namespaces().get(name) else {
            self.troubles.forget(name);
            return;
        };
        let seconds = now.div_euclid(1000);
        let mut next: Option<i64> = None;
        let mut blocked = Vec::new();
        let settings = Arc::clone(&self.settings);
        for number in 0..settings.pull_secrets.len() {
            if !namespace.selected.contains(number) && namespace.secret(number).is_none() {
                continue;
            }
            let target = Target { namespace: Arc::clone(name), object: Object::Secret(number) };
            let plan = plan::secret(&settings, name, namespace, number, &self.held, seconds);
            for token in &plan.waits_for {
                if let Some(asking) = self.asking.get_mut(*token) {
                    asking.want(plan.urgent, now);
                }
            }
            match plan.step {
                // An account that is not known yet may still name it.
                SecretStep::Remove if !knows_accounts => {}
                SecretStep::Ensure | SecretStep::Remove => self.queue.push(target, plan.urgent),
                SecretStep::Blocked(obstacle) => blocked.push((number, obstacle)),
                SecretStep::Nothing => self.troubles.solved(&target),
            }
            next = plan.look_again.map(|at| at.saturating_mul(1000)).into_iter().chain(next).min();
        }
        if knows_accounts {
            for account in &namespace.accounts {
                if !plan::account(&settings, namespace, account).is_empty() {
                    let object = Object::Account(Arc::clone(&account.name));
                    self.queue.push(Target { namespace: Arc::clone(name), object }, true);
                }
            }
        }
        for (number, obstacle) in blocked {
            self.blocked(name, number, obstacle, now);
        }
        if let Some(at) = next {
            self.look_later(name, at);
        }
    }

    fn look_later(&mut self, name: &Name, at: i64) {
        let at = match self.timers.get(name) {
            Some(known) if *known <= at => return,
            Some(known) => {
                self.alarm.remove(&(*known, Arc::clone(name)));
                at
            }
            None => at,
        };
        self.timers.insert(Arc::clone(name), at);
        self.alarm.insert((at, Arc::clone(name)));
    }

    /// What is to be done with an object, by what is known now.
    fn job(&mut self, target: &Target, now: i64) -> Option<Job> {
        // It is looked at again when that is done.
        if self.running.contains(target) {
            return None;
        }
        if let Some(until) = self.troubles.until(target, now) {
            self.look_later(&target.namespace, until);
            return None;
        }
        let namespace = self.index.namespaces().get(&target.namespace)?;
        let settings = &self.settings;
        match &target.object {
            Object::Secret(number) => {
                let secret = settings.pull_secrets.get(*number)?;
                let seconds = now.div_euclid(1000);
                let plan = plan::secret(settings, &target.namespace, namespace, *number, &self.held, seconds);
                match plan.step {
                    SecretStep::Ensure => {
                        let host = |wanted: &crate::settings::Wanted| {
                            let source = settings.tokens.get(wanted.token)?;
                            let held = self.held.get(wanted.token)?;
                            Some((Arc::clone(&wanted.host), Arc::clone(&source.mark), held.token.clone()))
                        };
                        Some(Job::Ensure(Want {
                            namespace: Arc::clone(&target.namespace),
                            name: Arc::clone(&secret.name),
                            owner: Arc::clone(&settings.owner),
                            adopt: secret.adopt,
                            absent: namespace.secret(*number).is_none(),
                            hosts: secret.wanted.iter().filter_map(host).collect(),
                        }))
                    }
                    SecretStep::Remove if !self.index.knows_accounts(&target.namespace) => None,
                    SecretStep::Remove => Some(Job::Remove {
                        namespace: Arc::clone(&target.namespace),
                        name: Arc::clone(&secret.name),
                        owner: Arc::clone(&settings.owner),
                    }),
                    SecretStep::Nothing | SecretStep::Blocked(_) => None,
                }
            }
            Object::Account(name) => {
                let plan = plan::account(settings, namespace, namespace.account(name)?);
                if plan.is_empty() {
                    return None;
                }
                let secret = |number: &usize| settings.pull_secrets.get(*number);
                let name_of = |number: &usize| Some(Arc::clone(&secret(number)?.name));
                let add =
                    |number: &usize| Some((Arc::clone(&secret(number)?.name), secret(number)?.position));
                let change = AccountChange {
                    owner: Arc::clone(&settings.owner),
                    add: plan.add.iter().filter_map(add).collect(),
                    remove: plan.remove.iter().chain(&plan.forget).filter_map(name_of).collect(),
                };
                Some(Job::Account {
                    namespace: Arc::clone(&target.namespace),
                    name: Arc::clone(name),
                    change,
                })
            }
        }
    }

    /// A token came.
    pub fn token(&mut self, number: usize, token: Token, now: i64) {
        self.counts.token(&self.settings, number, true);
        let (Some(held), Some(asking)) = (self.held.get_mut(number), self.asking.get_mut(number)) else {
            return;
        };
        let recovered = asking.refused.is_some();
        asking.succeeded();
        let until = rfc3339(token.expires);
        self.counts.last_success.insert(number, token.issued);
        // Two within a second look alike.
        held.replaced_before = held.replaced_before.map(|before| before.min(token.issued.saturating_sub(1)));
        held.token = Some(Arc::new(token));
        let reason = if recovered { "TokenRecovered" } else { "TokenRenewed" };
        let text = format!("the token of {} is good until {until}", self.source(number));
        self.say(false, reason, None, text, now);
        self.look_at_all(now);
    }

    /// A job is done.
    pub fn done(&mut self, target: &Target, outcome: Outcome, now: i64) {
        self.running.remove(target);
        self.counts.outcome(&outcome, matches!(target.object, Object::Account(_)));
        if !matches!(&outcome, Outcome::Failed(failure) if failure.cause == Cause::Unreachable) {
            self.pause = Backoff::default();
        }
        self.note(target, outcome, now);
        self.look(&Arc::clone(&target.namespace), now);
    }

    fn random(&self, what: &str) -> u64 {
        digest::number(&format!("{} {what}", self.seed))
    }
}
