//! The API server of the world: objects, their versions, and what changed when.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{LocalObjectReference, Secret, ServiceAccount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use crate::cluster::{Call, CallError, Cluster};
use crate::feed::Kind;
use crate::names::{ENTRIES, IGNORE, MANAGED_BY, PULL_SECRETS, SECRET_KEY, SECRET_TYPE};
use crate::work::Cause;

/// What the server has.
#[derive(Default)]
pub struct State {
    /// The time in milliseconds.
    pub now: i64,
    pub namespaces: BTreeMap<String, ObjectMeta>,
    pub secrets: BTreeMap<(String, String), Secret>,
    pub accounts: BTreeMap<(String, String), ServiceAccount>,
    /// Which object changed, in this order; a watch is a place in it.
    pub changes: Vec<(Kind, String, String)>,
    version: u64,
    /// Whether nobody gets an answer.
    pub down: bool,
    /// Of so many patches, one goes through; the others meet a newer version.
    pub conflicts: Option<u64>,
    /// What is not allowed: a verb and a resource.
    pub forbidden: Option<(&'static str, &'static str)>,
    patches: u64,
    /// Writes of secrets that were accepted.
    pub secret_writes: u64,
    /// Writes of accounts that were accepted.
    pub account_writes: u64,
}

/// The server.
#[derive(Clone, Default)]
pub struct Server(Arc<Mutex<State>>);

impl Server {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

/// The entries of a docker configuration, host by host.
pub fn entries(secret: &Secret) -> BTreeMap<String, Value> {
    let data = secret.data.as_ref().and_then(|data| data.get(SECRET_KEY));
    let text = data.map(|value| String::from_utf8(value.0.clone()).unwrap()).unwrap_or_default();
    let value: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    let auths = value.get("auths").and_then(Value::as_object).cloned().unwrap_or_default();
    auths.into_iter().collect()
}

/// When a password of this world's AWS expires, in seconds.
pub fn expiry(password: &str) -> Option<i64> {
    password.strip_prefix("token-")?.rsplit_once('-')?.1.parse().ok()
}

impl State {
    pub fn namespace(&mut self, name: &str, labels: &[(&str, &str)]) {
        let labels = labels.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        let metadata =
            ObjectMeta { name: Some(name.to_owned()), labels: Some(labels), ..ObjectMeta::default() };
        self.namespaces.insert(name.to_owned(), metadata);
        self.changed(Kind::Namespace, name, name);
    }

    /// A namespace that is to have the secret, with the account that every one has.
    pub fn shop(&mut self, name: &str) {
        self.namespace(name, &[("pull", "yes")]);
        self.account(name, "default", &[]);
    }

    pub fn ignore(&mut self, name: &str) {
        let annotations = Some([(IGNORE.to_owned(), "true".to_owned())].into());
        self.namespaces.get_mut(name).unwrap().annotations = annotations;
        self.changed(Kind::Namespace, name, name);
    }

    pub fn terminate(&mut self, name: &str) {
        self.namespaces.get_mut(name).unwrap().deletion_timestamp = Some(Time(Timestamp::UNIX_EPOCH));
        self.changed(Kind::Namespace, name, name);
    }

    pub fn account(&mut self, namespace: &str, name: &str, names: &[&str]) {
        let mut account = ServiceAccount {
            metadata: self.metadata(namespace, name),
            image_pull_secrets: (!names.is_empty()).then(|| {
                names.iter().map(|name| LocalObjectReference { name: (*name).to_owned() }).collect()
            }),
            ..ServiceAccount::default()
        };
        let key = (namespace.to_owned(), name.to_owned());
        if let Some(known) = self.accounts.get(&key) {
            account.metadata.annotations = known.metadata.annotations.clone();
        }
        self.accounts.insert(key, account);
        self.changed(Kind::Account, namespace, name);
    }

    /// A secret that somebody else makes.
    pub fn foreign(&mut self, namespace: &str, name: &str, text: &str) {
        let secret = Secret {
            metadata: self.metadata(namespace, name),
            type_: Some(SECRET_TYPE.to_owned()),
            data: Some([(SECRET_KEY.to_owned(), ByteString(text.as_bytes().to_vec()))].into()),
            ..Secret::default()
        };
        self.secrets.insert((namespace.to_owned(), name.to_owned()), secret);
        self.changed(Kind::Secret, namespace, name);
    }

    /// Somebody edits a secret by hand.
    pub fn edit(&mut self, namespace: &str, name: &str, how: impl FnOnce(&mut Secret)) {
        let version = self.next();
        let secret = self.secrets.get_mut(&(namespace.to_owned(), name.to_owned())).unwrap();
        how(secret);
        secret.metadata.resource_version = Some(version);
        self.changed(Kind::Secret, namespace, name);
    }

    pub fn delete_secret(&mut self, namespace: &str, name: &str) {
        self.secrets.remove(&(namespace.to_owned(), name.to_owned())).unwrap();
        self.changed(Kind::Secret, namespace, name);
    }

    /// A namespace goes with all that is in it.
    pub fn remove_namespace(&mut self, name: &str) {
        self.namespaces.remove(name).unwrap();
        self.secrets.retain(|(namespace, _), _| namespace != name);
        self.accounts.retain(|(namespace, _), _| namespace != name);
        self.changed(Kind::Secret, name, "ecr");
        self.changed(Kind::Account, name, "default");
        self.changed(Kind::Namespace, name, name);
    }

    /// The names an account has.
    pub fn names(&self, namespace: &str, account: &str) -> Vec<String> {
        let account = &self.accounts[&(namespace.to_owned(), account.to_owned())];
        account.image_pull_secrets.iter().flatten().map(|reference| reference.name.clone()).collect()
    }

    /// What is left of each secret with this name, in seconds: of its first entry of ours to expire.
    pub fn left(&self, name: &str) -> BTreeMap<String, i64> {
        let now = self.now / 1000;
        let of = |secret: &Secret| {
            let passwords =
                entries(secret).into_values().filter_map(|entry| expiry(entry["password"].as_str()?));
            passwords.min().map_or(i64::MIN, |expires| expires - now)
        };
        let named = self.secrets.iter().filter(|((_, known), _)| known == name);
        named.map(|((namespace, _), secret)| (namespace.clone(), of(secret))).collect()
    }

    /// Every object of a kind.
    pub fn all(&self, kind: Kind) -> Vec<(Kind, String, String)> {
        let named = |(namespace, name): &(String, String)| (kind, namespace.clone(), name.clone());
        match kind {
            Kind::Namespace => {
                self.namespaces.keys().map(|name| (kind, name.clone(), name.clone())).collect()
            }
            Kind::Secret => self.secrets.keys().map(named).collect(),
            Kind::Account => self.accounts.keys().map(named).collect(),
        }
    }

    fn metadata(&mut self, namespace: &str, name: &str) -> ObjectMeta {
        let version = self.next();
        ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some(namespace.to_owned()),
            uid: Some(format!("uid-{version}")),
            resource_version: Some(version),
            ..ObjectMeta::default()
        }
    }

    fn next(&mut self) -> String {
        self.version += 1;
        self.version.to_string()
    }

    fn changed(&mut self, kind: Kind, namespace: &str, name: &str) {
        self.changes.push((kind, namespace.to_owned(), name.to_owned()));
    }

    /// What the operator may never do.
    fn check(&self, before: Option<&Secret>, after: &Secret) {
        let (old, new) = (before.map(entries).unwrap_or_default(), entries(after));
        let who = after.metadata.namespace.clone().unwrap_or_default();
        let is_ours = after.metadata.labels.as_ref().is_some_and(|labels| labels.contains_key(MANAGED_BY));
        if is_ours {
            let live = new.values().filter_map(|entry| expiry(entry["password"].as_str()?));
            let live: Vec<i64> = live.collect();
            assert!(!live.is_empty(), "an empty secret was written in {who}");
            assert!(live.iter().all(|at| *at > self.now / 1000), "an expired token was written in {who}");
            for (host, entry) in &new {
                if entry["password"].as_str().and_then(expiry).is_some() {
                    let auth =
                        ecrpass_core::AuthorizationToken::decode(entry["auth"].as_str().unwrap()).unwrap();
                    assert_eq!(auth.password.expose(), entry["password"], "{host}");
                    assert_eq!(auth.username, entry["username"], "{host}");
                }
            }
            assert!(after.metadata.annotations.as_ref().is_some_and(|all| all.contains_key(ENTRIES)));
        }
        for (host, entry) in old.iter().filter(|(host, _)| !host.contains(".ecr")) {
            assert_eq!(new.get(host), Some(entry), "somebody else's entry was lost in {who}");
        }
        if let Some(before) = before {
            assert_eq!(before.metadata.uid, after.metadata.uid);
            assert_eq!(before.type_, after.type_);
            assert_ne!(before.immutable, Some(true));
        }
    }

    fn may(&self, verb: &'static str, resource: &'static str) -> Call<()> {
        if self.down {
            return Err(CallError::other(Cause::Unreachable, "connection refused"));
        }
        if self.forbidden == Some((verb, resource)) {
            return Err(CallError::other(Cause::Forbidden, format!("cannot {verb} {resource}")));
        }
        Ok(())
    }

    /// Whether this patch is one that meets a newer version.
    fn is_too_late(&mut self) -> bool {
        self.patches += 1;
        self.conflicts.is_some_and(|of| !self.patches.is_multiple_of(of))
    }
}

/// A merge patch. Source: RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let members = target.as_object_mut().unwrap();
    for (key, value) in patch {
        if value.is_null() {
            members.remove(key);
        } else {
            merge(members.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// The object after a patch that names the version it was made from.
fn patched<T: serde::Serialize + serde::de::DeserializeOwned>(before: &T, patch: &Value) -> Call<T> {
    let mut value = serde_json::to_value(before).unwrap();
    let version = patch["metadata"]["resourceVersion"].as_str();
    assert!(version.is_some(), "a patch names no version");
    if value["metadata"]["resourceVersion"].as_str() != version {
        return Err(CallError::Conflict);
    }
    merge(&mut value, patch);
    Ok(serde_json::from_value(value).unwrap())
}

impl Cluster for Server {
    async fn secret(&self, namespace: &str, name: &str) -> Call<Secret> {
        let state = self.state();
        state.may("get", "secrets")?;
        state.secrets.get(&(namespace.to_owned(), name.to_owned())).cloned().ok_or(CallError::NotFound)
    }

    async fn create_secret(&self, secret: &Secret) -> Call<Secret> {
        let mut state = self.state();
        state.may("create", "secrets")?;
        let namespace = secret.metadata.namespace.clone().unwrap();
        let name = secret.metadata.name.clone().unwrap();
        match state.namespaces.get(&namespace) {
            None => return Err(CallError::NotFound),
            Some(known) if known.deletion_timestamp.is_some() => return Err(CallError::Terminating),
            Some(_) => {}
        }
        if state.secrets.contains_key(&(namespace.clone(), name.clone())) {
            return Err(CallError::Exists);
        }
        let mut secret = secret.clone();
        let fresh = state.metadata(&namespace, &name);
        (secret.metadata.uid, secret.metadata.resource_version) = (fresh.uid, fresh.resource_version);
        state.check(None, &secret);
        state.secrets.insert((namespace.clone(), name.clone()), secret.clone());
        state.secret_writes += 1;
        state.changed(Kind::Secret, &namespace, &name);
        Ok(secret)
    }

    async fn patch_secret(&self, namespace: &str, name: &str, patch: &Value) -> Call<Secret> {
        let mut state = self.state();
        state.may("patch", "secrets")?;
        let key = (namespace.to_owned(), name.to_owned());
        let before = state.secrets.get(&key).cloned().ok_or(CallError::NotFound)?;
        if state.is_too_late() {
            return Err(CallError::Conflict);
        }
        let mut after = patched(&before, patch)?;
        after.metadata.resource_version = Some(state.next());
        state.check(Some(&before), &after);
        state.secrets.insert(key, after.clone());
        state.secret_writes += 1;
        state.changed(Kind::Secret, namespace, name);
        Ok(after)
    }

    async fn delete_secret(&self, secret: &Secret) -> Call<()> {
        let mut state = self.state();
        state.may("delete", "secrets")?;
        let key = (secret.metadata.namespace.clone().unwrap(), secret.metadata.name.clone().unwrap());
        let before = state.secrets.get(&key).cloned().ok_or(CallError::NotFound)?;
        if before.metadata.resource_version != secret.metadata.resource_version
            || before.metadata.uid != secret.metadata.uid
        {
            return Err(CallError::Conflict);
        }
        let labels = before.metadata.labels.clone().unwrap_or_default();
        assert!(labels.contains_key(MANAGED_BY), "somebody else's secret was deleted");
        assert!(
            entries(&before).keys().all(|host| host.contains(".ecr")),
            "somebody else's entry was deleted"
        );
        // Through us, that is: what a user put there is a user's.
        let named = state.accounts.iter().any(|((namespace, _), account)| {
            let marks = account.metadata.annotations.as_ref().and_then(|all| all.get(PULL_SECRETS));
            *namespace == key.0
                && marks.is_some_and(|marks| marks.split(',').any(|mark| mark == key.1))
                && account.image_pull_secrets.iter().flatten().any(|reference| reference.name == key.1)
        });
        assert!(!named, "an account still names the secret that was deleted in {}", key.0);
        state.delete_secret(&key.0, &key.1);
        Ok(())
    }

    async fn account(&self, namespace: &str, name: &str) -> Call<ServiceAccount> {
        let state = self.state();
        state.may("get", "serviceaccounts")?;
        state.accounts.get(&(namespace.to_owned(), name.to_owned())).cloned().ok_or(CallError::NotFound)
    }

    async fn patch_account(&self, namespace: &str, name: &str, patch: &Value) -> Call<ServiceAccount> {
        let mut state = self.state();
        state.may("patch", "serviceaccounts")?;
        let key = (namespace.to_owned(), name.to_owned());
        let before = state.accounts.get(&key).cloned().ok_or(CallError::NotFound)?;
        if state.is_too_late() {
            return Err(CallError::Conflict);
        }
        let mut after: ServiceAccount = patched(&before, patch)?;
        after.metadata.resource_version = Some(state.next());
        let names = |account: &ServiceAccount| {
            account
                .image_pull_secrets
                .iter()
                .flatten()
                .map(|reference| reference.name.clone())
                .collect::<Vec<_>>()
        };
        for name in names(&before).iter().filter(|name| !name.starts_with("ecr")) {
            assert!(names(&after).contains(name), "an account's other entry was lost in {namespace}");
        }
        state.accounts.insert(key, after.clone());
        state.account_writes += 1;
        state.changed(Kind::Account, namespace, name);
        Ok(after)
    }
}
