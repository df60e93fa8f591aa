//! What the API server itself wrote down of every change, looked through for what must never have happened: an expired or
//! empty entry, or somebody else's that is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ecrpass_core::time::parse_rfc3339;
use ecrpass_core::{AuthorizationToken, Secret as Hidden};
use k8s_openapi::api::core::v1::Secret;
use serde_json::{Map, Value};

use crate::moved_clock::MovedClock;

/// The least that a token may still live when it is written, in seconds.
const LEAST_LEFT: f64 = 290.0;

/// A request, as the API server has it.
#[derive(Debug)]
pub struct Entry {
    pub user: String,
    pub verb: String,
    pub resource: String,
    pub namespace: String,
    pub name: String,
    /// When it came, by this machine's clock in seconds.
    pub at: f64,
    pub code: i64,
    /// The object after it, where it is kept.
    pub object: Value,
}

impl Entry {
    fn parse(line: &str) -> Self {
        let event: Value = serde_json::from_str(line).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let reference = &event["objectRef"];
        let time = text(&event["requestReceivedTimestamp"]);
        let (seconds, fraction) = time.trim_end_matches('Z').split_once('.').unwrap();
        let at = i32::try_from(parse_rfc3339(&format!("{seconds}Z")).unwrap()).unwrap();
        Self {
            user: text(&event["user"]["username"]),
            verb: text(&event["verb"]),
            resource: text(&reference["resource"]),
            namespace: text(&reference["namespace"]),
            name: text(&reference["name"]),
            at: f64::from(at) + format!("0.{fraction}").parse::<f64>().unwrap(),
            code: event["responseStatus"]["code"].as_i64().unwrap_or_default(),
            object: event["responseObject"].clone(),
        }
    }

    /// Whether it changed something, and whose word it was.
    fn is_change(&self) -> bool {
        (200..300).contains(&self.code)
            && ["create", "update", "patch", "delete"].contains(&self.verb.as_str())
            && ["secrets", "serviceaccounts"].contains(&self.resource.as_str())
    }

    /// Whether an operator changed a secret or an account.
    pub fn is_write(&self) -> bool {
        self.is_ours() && self.is_change()
    }

    fn version(&self) -> Option<u64> {
        self.object["metadata"]["resourceVersion"].as_str()?.parse().ok()
    }

    fn is_ours(&self) -> bool {
        self.user == "operator"
    }
}

/// All that was asked of the API server.
pub fn read(log: &Path) -> Vec<Entry> {
    let text = std::fs::read_to_string(log).unwrap();
    // The server may have been killed while it wrote the last line.
    text.split_inclusive('\n').filter(|line| line.ends_with('\n')).map(Entry::parse).collect()
}

/// How often the operators asked for each thing, and what they were answered: `patch secrets 409`.
pub fn counts(entries: &[Entry]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.is_ours()) {
        *counts.entry(format!("{} {} {}", entry.verb, entry.resource, entry.code)).or_default() += 1;
    }
    counts
}

/// The entries of a pull secret by host.
pub fn hosts(secret: &Secret) -> Map<String, Value> {
    let data = secret.data.as_ref().and_then(|data| data.get(".dockerconfigjson"));
    let config: Value = data.and_then(|data| serde_json::from_slice(&data.0).ok()).unwrap_or_default();
    config["auths"].as_object().cloned().unwrap_or_default()
}

/// The number of the token in an entry, if it is whole.
pub fn token(entry: &Value) -> Option<usize> {
    let password = entry["password"].as_str()?;
    let auth = AuthorizationToken::encode("AWS", &Hidden::new(password.to_owned()));
    let is_whole = entry["username"] == "AWS" && entry["auth"] == *auth.expose();
    let number = password.strip_prefix("wire-password-")?.split('-').next()?;
    number.parse().ok().filter(|_| is_whole)
}

fn names(account: &Value) -> BTreeSet<String> {
    let list = account["imagePullSecrets"].as_array().cloned().unwrap_or_default();
    list.iter().filter_map(|reference| Some(reference["name"].as_str()?.to_owned())).collect()
}

/// The changes of an object, each with the version that came of it.
type Changes<'a> = Vec<(u64, &'a Entry)>;

/// What the operators did wrong, and how many of their writes were looked at.
pub fn faults(
    entries: &[Entry],
    expiries: &[i64],
    clock: &MovedClock,
    ours: &[&str],
) -> (Vec<String>, usize) {
    let mut objects: BTreeMap<(&str, &str, &str), Changes<'_>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.is_change()) {
        let name = entry.object["metadata"]["name"].as_str().unwrap_or(&entry.name);
        let changes = objects.entry((&entry.resource, &entry.namespace, name)).or_default();
        // A deletion is answered without a version: it comes after what was known of the object by then.
        let newest = changes.iter().map(|(version, _)| *version).max().unwrap_or_default();
        changes.push((entry.version().filter(|_| entry.verb != "delete").unwrap_or(newest), entry));
    }
    let (mut faults, mut looked_at) = (Vec::new(), 0);
    for ((resource, namespace, _), mut changes) in objects {
        changes.sort_by_key(|(version, _)| *version);
        let mut before = Value::Null;
        for (_, entry) in changes {
            let after = if entry.verb == "delete" { &Value::Null } else { &entry.object };
            if entry.is_ours() {
                looked_at += 1;
                let wrong = match resource {
                    "secrets" => wrong_in_secret(&before, after, expiries, clock.aws_at(entry.at), ours),
                    _ => {
                        names(&before).into_iter().find(|name| name != "ecr" && !names(after).contains(name))
                    }
                };
                faults.extend(wrong.map(|wrong| format!("{namespace}: {} {resource}: {wrong}", entry.verb)));
            }
            before = after.clone();
        }
    }
    (faults, looked_at)
}

fn wrong_in_secret(
    before: &Value,
    after: &Value,
    expiries: &[i64],
    now: f64,
    ours: &[&str],
) -> Option<String> {
    let of = |object: &Value| {
        serde_json::from_value(object.clone()).map_or_else(|_| Map::new(), |secret| hosts(&secret))
    };
    let (old, new) = (of(before), of(after));
    let is_ours = |host: &String| ours.contains(&host.as_str());
    if let Some((host, _)) = old.iter().find(|(host, entry)| !is_ours(host) && new.get(*host) != Some(entry))
    {
        return Some(format!("the entry of {host} is gone or another one"));
    }
    if after.is_null() {
        return None;
    }
    if !new.keys().any(is_ours) {
        return Some("nothing of ours is in it".to_owned());
    }
    new.iter().filter(|(host, _)| is_ours(host)).find_map(|(host, entry)| {
        let Some(number) = token(entry) else { return Some(format!("the entry of {host} is no token")) };
        let left = f64::from(i32::try_from(expiries[number - 1]).unwrap()) - now;
        (left < LEAST_LEFT).then(|| format!("the token of {host} lives for {left} s"))
    })
}
