//! What is in the cluster, as far as it matters: filled by feeds, each of which lists and then follows some objects.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Secret, ServiceAccount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::feed::{Feed, Kind};
use crate::names::{self, IGNORE, Name, is_yes, pull_secrets_of};
use crate::namespace::{AccountRecord, Namespace, SecretSet};
use crate::secret;
use crate::settings::{Scope, Settings};
use crate::work::Cause;

/// A feed tries again more often than this, in milliseconds: a watch that goes on says nothing until something changes.
const STILL_FAILING: i64 = 30_000;

/// What is known of the cluster.
#[derive(Debug)]
pub struct Index {
    settings: Arc<Settings>,
    namespaces: BTreeMap<Name, Namespace>,
    feeds: Vec<Progress>,
    /// One copy of every name that many records have.
    names: HashSet<Name>,
}

/// How far a feed is.
#[derive(Debug)]
struct Progress {
    feed: Feed,
    /// Whether it has listed all once.
    complete: bool,
    /// What it has listed since it began anew.
    listed: Option<HashSet<(Name, Name)>>,
    /// Why it does not go on, and when it last did not, in milliseconds.
    failing: Option<(Cause, i64)>,
}

impl Index {
    /// An empty one, and the feeds it needs.
    pub fn new(settings: Arc<Settings>) -> Self {
        let progress = |feed| Progress { feed, complete: false, listed: None, failing: None };
        let feeds = Feed::all(&settings).into_iter().map(progress).collect();
        let mut index = Self { settings, namespaces: BTreeMap::new(), feeds, names: HashSet::new() };
        if index.settings.scope == Scope::Namespaces {
            let settings = Arc::clone(&index.settings);
            for name in settings.pull_secrets.iter().flat_map(|secret| secret.literal_namespaces()) {
                let selected = index.selected(name, &ObjectMeta::default());
                let name = index.name(name);
                let namespace = index.namespaces.entry(name).or_default();
                (namespace.exists, namespace.selected) = (true, selected);
            }
        }
        index
    }

    /// The feeds, in the order of their numbers.
    pub fn feeds(&self) -> impl Iterator<Item = &Feed> {
        self.feeds.iter().map(|progress| &progress.feed)
    }

    /// The namespaces.
    pub fn namespaces(&self) -> &BTreeMap<Name, Namespace> {
        &self.namespaces
    }

    /// The one copy of a name.
    pub fn name(&mut self, text: &str) -> Name {
        one_copy(&mut self.names, text)
    }

    /// Whether enough is known to decide about secrets in a namespace.
    pub fn knows_secrets(&self, namespace: &str) -> bool {
        self.is_complete(namespace, |kind| kind != Kind::Account)
    }

    /// Whether enough is known to decide about accounts, too.
    pub fn knows_accounts(&self, namespace: &str) -> bool {
        self.is_complete(namespace, |_| true)
    }

    fn is_complete(&self, namespace: &str, of: impl Fn(Kind) -> bool) -> bool {
        let here = |feed: &Feed| feed.namespace.as_ref().is_none_or(|name| &**name == namespace);
        let mut needed = self.feeds.iter().filter(|progress| of(progress.feed.kind) && here(&progress.feed));
        needed.all(|progress| progress.complete)
    }

    /// Whether every feed has listed all once; those that are not allowed to are left out.
    pub fn is_synced(&self) -> bool {
        let is_forbidden =
            |progress: &Progress| progress.failing.is_some_and(|(cause, _)| cause == Cause::Forbidden);
        self.feeds.iter().all(|progress| progress.complete || is_forbidden(progress))
    }

    /// The feeds that do not go on, and why.
    pub fn failing(&self, now: i64) -> impl Iterator<Item = (&Feed, Cause)> {
        let is_recent = move |at: i64| now.saturating_sub(at) < STILL_FAILING;
        self.feeds.iter().filter_map(move |progress| {
            let (cause, at) = progress.failing?;
            is_recent(at).then_some((&progress.feed, cause))
        })
    }

    /// The first feed that does not go on, and why, in words.
    pub fn first_failure(&self, now: i64) -> Option<String> {
        let (feed, cause) = self.failing(now).next()?;
        Some(format!("{}: {}", feed.describe(), cause.as_str()))
    }

    /// A feed does not go on; says whether that is new.
    pub fn failed(&mut self, feed: usize, cause: Cause, now: i64) -> bool {
        let Some(progress) = self.feeds.get_mut(feed) else { return false };
        let before = progress.failing.replace((cause, now));
        before.is_none_or(|(known, at)| known != cause || now.saturating_sub(at) >= STILL_FAILING)
    }

    /// A feed begins to list all anew.
    pub fn began(&mut self, feed: usize) {
        if let Some(progress) = self.feeds.get_mut(feed) {
            progress.listed = Some(HashSet::new());
        }
    }

    /// A feed has listed all: what it did not name is gone. Says which namespaces that concerns.
    pub fn ended(&mut self, feed: usize) -> Vec<Name> {
        let Some(progress) = self.feeds.get_mut(feed) else { return Vec::new() };
        let first = !std::mem::replace(&mut progress.complete, true);
        progress.failing = None;
        let listed = progress.listed.take().unwrap_or_default();
        let feed = progress.feed.clone();
        let mut gone = Vec::new();
        for (name, namespace) in &self.namespaces {
            let is_listed = |object: &Name| listed.contains(&(Arc::clone(name), Arc::clone(object)));
            match feed.kind {
                Kind::Namespace if namespace.exists && !is_listed(name) => {
                    gone.push((Arc::clone(name), Arc::clone(name)))
                }
                Kind::Namespace => {}
                Kind::Secret => {
                    let names = namespace
                        .secrets
                        .iter()
                        .filter_map(|(number, _)| Some(&self.settings.pull_secrets.get(*number)?.name));
                    let lost = names.filter(|object| feed.covers(name, object) && !is_listed(object));
                    gone.extend(lost.map(|object| (Arc::clone(name), Arc::clone(object))));
                }
                Kind::Account => {
                    let names = namespace.accounts.iter().map(|account| &account.name);
                    let lost = names.filter(|object| feed.covers(name, object) && !is_listed(object));
                    gone.extend(lost.map(|object| (Arc::clone(name), Arc::clone(object))));
                }
            }
        }
        let mut changed: Vec<Name> = gone
            .into_iter()
            .filter_map(|(namespace, object)| self.gone(feed.kind, &namespace, &object))
            .collect();
        if first {
            // Now more can be decided.
            changed = self.namespaces.keys().cloned().collect();
        }
        changed
    }

    fn list(&mut self, feed: usize, namespace: &Name, object: &Name) {
        if let Some(progress) = self.feeds.get_mut(feed) {
            progress.failing = None;
            if let Some(listed) = &mut progress.listed {
                listed.insert((Arc::clone(namespace), Arc::clone(object)));
            }
        }
    }

    /// A namespace is there.
    pub fn namespace_seen(&mut self, feed: usize, metadata: &ObjectMeta) -> Option<Name> {
        let name = self.name(metadata.name.as_deref()?);
        self.list(feed, &name, &name);
        let selected = self.selected(&name, metadata);
        let terminating = metadata.deletion_timestamp.is_some();
        let namespace = self.namespaces.entry(Arc::clone(&name)).or_default();
        let before = (namespace.exists, namespace.terminating, namespace.selected);
        (namespace.exists, namespace.terminating, namespace.selected) = (true, terminating, selected);
        (before != (true, terminating, selected)).then_some(name)
    }

    fn selected(&self, name: &str, metadata: &ObjectMeta) -> SecretSet {
        let mut selected = SecretSet::default();
        if is_yes(metadata.annotations.as_ref().and_then(|annotations| annotations.get(IGNORE))) {
            return selected;
        }
        let none = BTreeMap::new();
        let labels = metadata.labels.as_ref().unwrap_or(&none);
        for (number, secret) in self.settings.pull_secrets.iter().enumerate() {
            if secret.selects(name, labels) {
                selected.insert(number);
            }
        }
        selected
    }

    /// A secret is there, or was just written.
    pub fn secret_seen(&mut self, feed: Option<usize>, secret: &Secret) -> Option<Name> {
        let name = self.name(secret.metadata.name.as_deref()?);
        let namespace = self.name(secret.metadata.namespace.as_deref()?);
        if let Some(feed) = feed {
            self.list(feed, &namespace, &name);
        }
        let number = self.number(&name)?;
        let owner = Arc::clone(&self.settings.owner);
        let record = secret::record(secret, &owner, |text| one_copy(&mut self.names, text));
        let known = self.namespaces.entry(Arc::clone(&namespace)).or_default();
        known.set_secret(number, Some(record)).then_some(namespace)
    }

    /// A service account is there, or was just changed.
    pub fn account_seen(&mut self, feed: Option<usize>, account: &ServiceAccount) -> Option<Name> {
        let name = self.name(account.metadata.name.as_deref()?);
        let namespace = self.name(account.metadata.namespace.as_deref()?);
        if let Some(feed) = feed {
            self.list(feed, &namespace, &name);
        }
        let secrets = &self.settings.pull_secrets;
        let annotation = |key: &str| account.metadata.annotations.as_ref()?.get(key);
        let marks = annotation(&pull_secrets_of(&self.settings.owner));
        let marks: Vec<&str> = marks.into_iter().flat_map(|text| names::marks(text)).collect();
        let references = account.image_pull_secrets.as_deref().unwrap_or_default();
        let (mut named, mut marked) = (SecretSet::default(), SecretSet::default());
        for (number, secret) in secrets.iter().enumerate() {
            if references.iter().any(|reference| *reference.name == *secret.name) {
                named.insert(number);
            }
            if marks.contains(&&*secret.name) {
                marked.insert(number);
            }
        }
        let is_marked = marked != SecretSet::default();
        let of_interest = is_marked || secrets.iter().any(|secret| secret.is_for_account(&name));
        let record = of_interest.then(|| AccountRecord {
            name: Arc::clone(&name),
            uid: account.metadata.uid.as_deref().unwrap_or_default().into(),
            ignored: is_yes(annotation(IGNORE)),
            named,
            marked,
        });
        let known = self.namespaces.entry(Arc::clone(&namespace)).or_default();
        known.set_account(&name, record).then_some(namespace)
    }

    /// An object is gone.
    pub fn gone(&mut self, kind: Kind, namespace: &str, object: &str) -> Option<Name> {
        let (name, _) = self.namespaces.get_key_value(namespace)?;
        let name = Arc::clone(name);
        let number = self.number(object);
        let known = self.namespaces.get_mut(namespace)?;
        let changed = match kind {
            Kind::Namespace => {
                (known.terminating, known.selected) = (false, SecretSet::default());
                std::mem::take(&mut known.exists)
            }
            Kind::Secret => number.is_some_and(|number| known.set_secret(number, None)),
            Kind::Account => known.set_account(object, None),
        };
        if known.is_empty() {
            self.namespaces.remove(namespace);
        }
        changed.then_some(name)
    }

    /// The number of the pull secret of that name.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.settings.pull_secrets.iter().position(|secret| &*secret.name == name)
    }
}

fn one_copy(names: &mut HashSet<Name>, text: &str) -> Name {
    match names.get(text) {
        Some(name) => Arc::clone(name),
        None => {
            let name: Name = Arc::from(text);
            names.insert(Arc::clone(&name));
            name
        }
    }
}
