//! What a secret becomes: our entries renewed, the others as they are. It is made from the very version it replaces.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecrpass_core::time::{EpochSeconds, rfc3339};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use zeroize::Zeroize;

use super::content::{Content, sha256_of};
use super::marks::{self, Mark};
use super::record::{Obstacle, Standing, own_name, record};
use crate::names::{ENTRIES, EXPIRES_AT, MANAGED_BY, Name, OPERATOR, OWNER, SECRET_KEY, SECRET_TYPE};
use crate::token::Token;

/// What a secret is to hold.
#[derive(Clone, Debug)]
pub struct Want {
    /// Its namespace.
    pub namespace: Name,
    /// Its name.
    pub name: Name,
    /// Whose it is.
    pub owner: Name,
    /// Whether one that is not ours is taken over.
    pub adopt: bool,
    /// Whether there is none, as far as is known: then it is not read first.
    pub absent: bool,
    /// The hosts in it, with the mark of the source each is to come from, and the token that is held.
    pub hosts: Vec<(Name, Name, Option<Arc<Token>>)>,
}

/// A secret as it is sent. What is in it is wiped when it goes.
pub struct Written(pub Secret);

impl Drop for Written {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

/// Wipes what is in a secret.
pub fn wipe(secret: &mut Secret) {
    for value in secret.data.iter_mut().flat_map(|data| data.values_mut()) {
        value.0.zeroize();
    }
}

/// What becomes of a secret.
pub enum Merged {
    /// It is as it should be.
    Unchanged,
    /// There is no live token to write, so it stays.
    Nothing,
    /// It is not to be written.
    Blocked(Obstacle),
    /// This is to be created, or merged into the version it names.
    Write(Box<Written>),
}

/// What is chosen for a host.
enum Choice<'a> {
    Token(&'a Token),
    Existing(Mark),
}

/// What becomes of the secret that is there, or of none.
pub fn merge(current: Option<&Secret>, want: &Want, now: EpochSeconds) -> Merged {
    let there = current.map(|secret| record(secret, &want.owner, own_name));
    if let Some(obstacle) = there.as_ref().and_then(|record| record.obstacle(want.adopt)) {
        return Merged::Blocked(obstacle);
    }
    let mut changed =
        there.as_ref().is_none_or(|record| record.standing != Standing::Ours || !record.readable);
    let mut chosen: BTreeMap<&str, Choice<'_>> = BTreeMap::new();
    for (host, source, token) in &want.hosts {
        let existing = there
            .as_ref()
            .and_then(|record| record.host(host))
            .filter(|entry| entry.intact && entry.expires > now);
        let token = token.as_deref().filter(|token| token.is_usable(now));
        // What another source gave is better than nothing, until there is something of this one.
        let token = token.filter(|token| {
            existing.is_none_or(|entry| entry.source != *source || token.issued > entry.issued)
        });
        match (token, existing) {
            (Some(token), _) => {
                changed = true;
                chosen.insert(host, Choice::Token(token));
            }
            (None, Some(entry)) => {
                let mark = Mark {
                    issued: entry.issued,
                    expires: entry.expires,
                    // Of the entry as it is: it is intact.
                    sha256: String::new(),
                    source: entry.source.to_string(),
                };
                chosen.insert(host, Choice::Existing(mark));
            }
            (None, None) => {}
        }
    }
    // Entries of ours that are not wanted any more; one that expired goes with the next write, and needs none itself.
    let is_wanted = |host: &str| want.hosts.iter().any(|(wanted, _, _)| &**wanted == host);
    let ours: Vec<&str> = there.iter().flat_map(|record| &record.hosts).map(|entry| &*entry.host).collect();
    changed |= ours.iter().any(|host| !is_wanted(host));
    if chosen.is_empty() {
        return Merged::Nothing;
    }
    if !changed {
        return Merged::Unchanged;
    }
    let value = current.and_then(|secret| secret.data.as_ref()).and_then(|data| data.get(SECRET_KEY));
    let content = Content::read(value.map(|value| value.0.as_slice())).or_else(|| Content::read(None));
    let Some(content) = content else { return Merged::Nothing };
    // What stands under a wanted host is ours to write, whoever put it there; where we have nothing alive, it stays.
    let mut replaced = ours;
    replaced.extend(chosen.keys().copied());
    let mut marks = BTreeMap::new();
    let mut entries = Vec::new();
    for (host, choice) in &chosen {
        let (token, mark) = match choice {
            Choice::Token(token) => {
                let mark = Mark {
                    issued: token.issued,
                    expires: token.expires,
                    sha256: sha256_of(token),
                    source: token.mark.to_string(),
                };
                (Some(*token), mark)
            }
            Choice::Existing(mark) => {
                let sha256 = content.sha256(host).unwrap_or_default();
                (None, Mark { sha256, ..mark.clone() })
            }
        };
        entries.push((*host, token));
        marks.insert((*host).to_owned(), mark);
    }
    let text = content.with(&replaced, &entries);
    let first = marks.values().map(|mark| mark.expires).min().unwrap_or(now);
    let metadata = ObjectMeta {
        name: Some(want.name.to_string()),
        namespace: Some(want.namespace.to_string()),
        resource_version: current.and_then(|secret| secret.metadata.resource_version.clone()),
        uid: current.and_then(|secret| secret.metadata.uid.clone()),
        labels: Some(
            [(MANAGED_BY.to_owned(), OPERATOR.to_owned()), (OWNER.to_owned(), want.owner.to_string())].into(),
        ),
        annotations: Some(
            [(EXPIRES_AT.to_owned(), rfc3339(first)), (ENTRIES.to_owned(), marks::write(&marks))].into(),
        ),
        ..ObjectMeta::default()
    };
    Merged::Write(Box::new(Written(Secret {
        metadata,
        type_: Some(SECRET_TYPE.to_owned()),
        data: Some([(SECRET_KEY.to_owned(), ByteString(text.as_bytes().to_vec()))].into()),
        ..Secret::default()
    })))
}

/// How we withdraw from a secret.
pub enum Withdrawal {
    /// It is not ours.
    NotOurs,
    /// It goes: there is nothing of anybody else's in it.
    Delete,
    /// Our entries go out of it.
    Rewrite(Box<Written>),
    /// It stays as it is, and is ours no more: what is in it cannot be changed, or not be read.
    Release,
}

/// How to withdraw from the secret that is there.
pub fn withdraw(current: &Secret, owner: &str) -> Withdrawal {
    let there = record(current, owner, own_name);
    if there.standing != Standing::Ours {
        return Withdrawal::NotOurs;
    }
    if !there.shared {
        return Withdrawal::Delete;
    }
    let value = current.data.as_ref().and_then(|data| data.get(SECRET_KEY));
    let content = Content::read(value.map(|value| value.0.as_slice()));
    let Some(content) = content.filter(|_| there.obstacle.is_none()) else { return Withdrawal::Release };
    let ours: Vec<&str> = there.hosts.iter().map(|entry| &*entry.host).collect();
    let text = content.with(&ours, &[]);
    Withdrawal::Rewrite(Box::new(Written(Secret {
        metadata: version_of(current),
        data: Some([(SECRET_KEY.to_owned(), ByteString(text.as_bytes().to_vec()))].into()),
        ..Secret::default()
    })))
}

/// Which object, and which version of it.
pub fn version_of(secret: &Secret) -> ObjectMeta {
    ObjectMeta {
        name: secret.metadata.name.clone(),
        namespace: secret.metadata.namespace.clone(),
        resource_version: secret.metadata.resource_version.clone(),
        uid: secret.metadata.uid.clone(),
        ..ObjectMeta::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &[u8], change: impl Fn(&mut Secret)) -> Secret {
        let mut secret = Secret {
            type_: Some(SECRET_TYPE.to_owned()),
            data: Some([(SECRET_KEY.to_owned(), ByteString(text.to_vec()))].into()),
            ..Secret::default()
        };
        let mark = Mark { issued: 0, expires: 1, sha256: String::new(), source: "s".to_owned() };
        secret.metadata.labels =
            Some([(MANAGED_BY.to_owned(), OPERATOR.to_owned()), (OWNER.to_owned(), "o".to_owned())].into());
        secret.metadata.annotations =
            Some([(ENTRIES.to_owned(), marks::write(&[("h".to_owned(), mark)].into()))].into());
        change(&mut secret);
        secret
    }

    fn what(text: &[u8], change: impl Fn(&mut Secret)) -> &'static str {
        match withdraw(&secret(text, change), "o") {
            Withdrawal::NotOurs => "not ours",
            Withdrawal::Delete => "delete",
            Withdrawal::Rewrite(_) => "rewrite",
            Withdrawal::Release => "release",
        }
    }

    #[test]
    fn nothing_of_anybody_else_s_goes_with_ours() {
        const OURS: &[u8] = br#"{"auths":{"h":{}}}"#;
        const BOTH: &[u8] = br#"{"auths":{"h":{},"ghcr.io":{}}}"#;
        let immutable = |secret: &mut Secret| secret.immutable = Some(true);
        let opaque = |secret: &mut Secret| secret.type_ = Some("Opaque".to_owned());
        let another_key = |secret: &mut Secret| {
            secret.data.as_mut().unwrap().insert("ca.crt".to_owned(), ByteString::default());
        };
        for (text, expected) in [
            (OURS, "delete"),
            (BOTH, "rewrite"),
            (br#"{"auths":{"h":{}},"credHelpers":{}}"#.as_slice(), "rewrite"),
            (b"{\"auths\":{\"h\":{},\"ghcr.io\":{\"email\":\"\xe9\"}}}", "rewrite"),
            (b"", "delete"),
            (b"\xff{", "release"),
        ] {
            assert_eq!(what(text, |_| {}), expected, "{}", String::from_utf8_lossy(text));
        }
        assert_eq!((what(OURS, immutable), what(BOTH, immutable)), ("delete", "release"));
        assert_eq!((what(OURS, another_key), what(BOTH, opaque)), ("rewrite", "release"));
        assert_eq!(what(BOTH, |secret| secret.metadata.labels = None), "not ours");
    }
}
