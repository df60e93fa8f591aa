//! What the engine makes of results, and what it says of them: each cause once, not once per attempt.

use std::sync::Arc;

use ecrpass_core::time::EpochSeconds;

use super::Engine;
use crate::feed::Kind;
use crate::names::Name;
use crate::renewal::Waits;
use crate::secret::Obstacle;
use crate::token::Refused;
use crate::work::{About, Cause, Failure, Notice, Object, Outcome, Target};

/// How long to wait when the API server does not answer, in milliseconds.
const UNREACHABLE: Waits = Waits { first: 1_000, most: 10_000 };

/// Of one cause, so many events on objects; the log has it all the same.
const MOST_EVENTS: usize = 20;

impl Engine {
    /// No token came.
    pub fn no_token(&mut self, number: usize, refused: Refused, now: i64) {
        self.counts.token(&self.settings, number, false);
        self.counts.failure(&refused.cause);
        let random = self.random(&format!("token {number} {now}"));
        let text = format!("no token of {}: {}", self.source(number), refused.text);
        let Some(asking) = self.asking.get_mut(number) else { return };
        if asking.failed(refused, now, random) {
            self.say(true, "RefreshFailed", None, text.clone(), now);
            let secrets = self.secrets_with(number);
            for about in secrets.into_iter().take(MOST_EVENTS) {
                self.say(true, "RefreshFailed", Some(about), text.clone(), now);
            }
        }
    }

    pub(super) fn source(&self, number: usize) -> String {
        match self.settings.tokens.get(number) {
            Some(token) => format!("{} in {}", token.source, token.registry.region()),
            None => "nobody".to_owned(),
        }
    }

    fn secrets_with(&self, token: usize) -> Vec<About> {
        let mut found = Vec::new();
        for (name, namespace) in self.index.namespaces() {
            for (number, secret) in self.settings.pull_secrets.iter().enumerate() {
                let has = namespace.selected.contains(number)
                    && secret.wanted.iter().any(|host| host.token == token);
                if let Some(record) = namespace.secret(number).filter(|_| has) {
                    found.push(about_secret(name, &secret.name, &record.uid));
                }
            }
        }
        found
    }

    /// Notes what came of a job.
    pub(super) fn note(&mut self, target: &Target, outcome: Outcome, now: i64) {
        let namespace = &target.namespace;
        match outcome {
            Outcome::Created(secret) => {
                self.index.secret_seen(None, &secret);
                self.written(target, now);
                let about = self.about(target);
                self.say(false, "Created", about, "the pull secret was created".to_owned(), now);
            }
            Outcome::Updated(secret) => {
                self.index.secret_seen(None, &secret);
                self.written(target, now);
            }
            Outcome::Unchanged(secret) => {
                if let Some(secret) = secret {
                    self.index.secret_seen(None, &secret);
                }
                self.troubles.solved(target);
            }
            Outcome::Nothing => self.wait(target, "no-token", now),
            Outcome::Deleted => {
                if let Object::Secret(number) = &target.object
                    && let Some(secret) = self.settings.pull_secrets.get(*number)
                {
                    let name = Arc::clone(&secret.name);
                    self.index.gone(Kind::Secret, namespace, &name);
                }
                self.troubles.solved(target);
            }
            Outcome::Blocked(obstacle, secret) => {
                self.index.secret_seen(None, &secret);
                if let Object::Secret(number) = target.object {
                    self.blocked(&Arc::clone(namespace), number, obstacle, now);
                }
            }
            Outcome::Account(account, changed) => {
                self.index.account_seen(None, &account);
                if changed {
                    self.written(target, now);
                    self.say_if_waiting(target, now);
                }
            }
            // The feed will say so; until then it is not tried again at once.
            Outcome::Gone => self.wait(target, "gone", now),
            Outcome::Failed(failure) => self.failed(target, &failure, now),
        }
    }

    fn written(&mut self, target: &Target, now: i64) {
        self.troubles.tidy(now);
        let random = self.random(&format!("{target:?} {now}"));
        if self.troubles.written(target, now, random) == Some(true) {
            self.counts.failure("contested");
            let about = self.about(target);
            let text = "somebody undoes what the operator writes, five times within a minute: it is put right less often now; kubectl get --show-managed-fields names who".to_owned();
            self.say(true, "Contested", about, text, now);
        }
    }

    /// Leaves an object alone for a while, without a word.
    fn wait(&mut self, target: &Target, cause: &'static str, now: i64) {
        let random = self.random(&format!("{target:?} {now}"));
        self.troubles.failed(target, cause, now, random);
    }

    fn failed(&mut self, target: &Target, failure: &Failure, now: i64) {
        let cause = failure.cause.as_str();
        self.counts.failure(cause);
        let random = self.random(&format!("{target:?} {now}"));
        if failure.cause == Cause::Unreachable {
            let first = self.pause.failures == 0;
            self.pause.failed(now, UNREACHABLE, random);
            if first {
                let text = format!("the API server does not answer: {}", failure.text);
                self.say(true, "Unreachable", None, text, now);
            }
            return;
        }
        if self.troubles.failed(target, cause, now, random) && failure.cause != Cause::Conflict {
            let reason = if failure.cause == Cause::Forbidden { "Forbidden" } else { "Rejected" };
            let about = self.about(target);
            self.say(true, reason, about, failure.text.clone(), now);
        }
    }

    /// A secret is not to be touched.
    pub(super) fn blocked(&mut self, namespace: &Name, number: usize, obstacle: Obstacle, now: i64) {
        let target = Target { namespace: Arc::clone(namespace), object: Object::Secret(number) };
        if !self.troubles.is_news(&target, obstacle.cause()) {
            return;
        }
        self.counts.failure(obstacle.cause());
        let reason = if obstacle == Obstacle::NameTaken { "NameTaken" } else { "CannotChange" };
        let about = self.about(&target);
        let name = about.as_ref().map_or_else(String::new, |about| about.name.to_string());
        self.say(true, reason, about, obstacle.explain(&name), now);
    }

    /// A feed does not go on.
    pub fn feed_failed(&mut self, feed: usize, failure: &Failure, now: i64) {
        self.counts.failure(failure.cause.as_str());
        if self.index.failed(feed, failure.cause, now) {
            let what = self.index.feeds().nth(feed).map(crate::feed::Feed::describe).unwrap_or_default();
            let reason = if failure.cause == Cause::Forbidden { "Forbidden" } else { "WatchFailed" };
            self.say(true, reason, None, format!("{what} cannot be followed: {}", failure.text), now);
        }
    }

    /// Whether something in the cluster is not allowed to us.
    pub fn is_degraded(&self, now: i64) -> bool {
        self.troubles.causes().any(|cause| cause == "forbidden")
            || self.index.failing(now).any(|(_, cause)| cause == Cause::Forbidden)
    }

    fn say_if_waiting(&mut self, target: &Target, now: i64) {
        let Some(namespace) = self.index.namespaces().get(&target.namespace) else { return };
        let waits = |number: usize| namespace.selected.contains(number) && namespace.secret(number).is_none();
        let refused = self.asking.iter().any(|asking| asking.refused.is_some());
        if refused && (0..self.settings.pull_secrets.len()).any(waits) {
            let about = self.about(target);
            let text = "the account names a pull secret that comes as soon as AWS gives a token; pods that wait for it recover by themselves".to_owned();
            self.say(false, "WaitingForToken", about, text, now);
        }
    }

    /// A target as events name it.
    fn about(&self, target: &Target) -> Option<About> {
        let namespace = self.index.namespaces().get(&target.namespace);
        Some(match &target.object {
            Object::Secret(number) => {
                let name = &self.settings.pull_secrets.get(*number)?.name;
                match namespace.and_then(|namespace| namespace.secret(*number)) {
                    Some(record) => about_secret(&target.namespace, name, &record.uid),
                    // There is none yet; its namespace is the next best.
                    None => About {
                        kind: "Namespace",
                        namespace: Arc::clone(&target.namespace),
                        name: Arc::clone(&target.namespace),
                        uid: String::new(),
                    },
                }
            }
            Object::Account(name) => About {
                kind: "ServiceAccount",
                namespace: Arc::clone(&target.namespace),
                name: Arc::clone(name),
                uid: namespace
                    .and_then(|namespace| namespace.account(name))
                    .map(|account| account.uid.to_string())
                    .unwrap_or_default(),
            },
        })
    }

    pub(super) fn say(
        &mut self,
        warning: bool,
        reason: &'static str,
        about: Option<About>,
        text: String,
        now: i64,
    ) {
        let at: EpochSeconds = now.div_euclid(1000);
        self.notices.push(Notice { warning, reason, about, text, at });
    }
}

/// A secret, as events name it.
fn about_secret(namespace: &Name, name: &Name, uid: &str) -> About {
    About { kind: "Secret", namespace: Arc::clone(namespace), name: Arc::clone(name), uid: uid.to_owned() }
}
