//! What is kept of a pull secret: no token, and nothing that grows.

use std::sync::Arc;

use ecrpass_core::time::EpochSeconds;
use k8s_openapi::api::core::v1::Secret;

use super::content::Content;
use super::marks;
use crate::names::{ENTRIES, MANAGED_BY, Name, OPERATOR, OWNER, SECRET_KEY, SECRET_TYPE};

/// Whose a secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Ours, by both labels.
    Ours,
    /// Somebody else's.
    Foreign,
    /// Another operator's: never taken over.
    OtherOwner,
}

/// Why a secret cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Its name is taken.
    NameTaken,
    /// Its type is another, and cannot be changed.
    WrongType,
    /// It is immutable.
    Immutable,
    /// It is not ours, to be taken over, and nobody can say what is in it.
    Unreadable,
}

impl Obstacle {
    /// The cause, for metrics.
    pub fn cause(self) -> &'static str {
        match self {
            Self::NameTaken => "name-taken",
            Self::WrongType => "wrong-type",
            Self::Immutable => "immutable",
            Self::Unreadable => "unreadable",
        }
    }

    /// What to say of it, and what to do.
    pub fn explain(self, secret: &str) -> String {
        match self {
            Self::NameTaken => format!(
                "the secret {secret} is somebody else's, or that of an operator with another `owner`: choose another name for the pull secret, delete it, or set `adopt = true`"
            ),
            Self::WrongType => {
                format!(
                    "the secret {secret} is not of type {SECRET_TYPE}, which cannot be changed: delete it, or choose another name"
                )
            }
            Self::Immutable => format!("the secret {secret} is immutable: delete it, or choose another name"),
            Self::Unreadable => {
                format!(
                    "the secret {secret} holds no docker configuration, so it is not taken over: correct it, or delete it"
                )
            }
        }
    }
}

/// What is kept of an entry that is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRecord {
    /// Its host.
    pub host: Name,
    /// When its token was issued.
    pub issued: EpochSeconds,
    /// When its token expires.
    pub expires: EpochSeconds,
    /// Whether it is what was written.
    pub intact: bool,
    /// The mark of the token's source.
    pub source: Name,
}

/// What is kept of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRecord {
    /// Which object of that name it is.
    pub uid: Box<str>,
    /// Which version of it.
    pub version: Box<str>,
    /// Whose it is.
    pub standing: Standing,
    /// Why it can never be written, whoever's it is.
    pub obstacle: Option<Obstacle>,
    /// Whether a kubelet understands it.
    pub readable: bool,
    /// Whether there is, or may be, something in it that is not ours.
    pub shared: bool,
    /// The entries that are ours.
    pub hosts: Vec<HostRecord>,
}

/// What is kept of this secret, for an owner; `shared_name` finds the one copy of a name.
pub fn record(secret: &Secret, owner: &str, mut shared_name: impl FnMut(&str) -> Name) -> SecretRecord {
    let metadata = &secret.metadata;
    let label = |name: &str| metadata.labels.as_ref()?.get(name).map(String::as_str);
    let standing = match (label(MANAGED_BY), label(OWNER)) {
        (Some(OPERATOR), Some(by)) if by == owner => Standing::Ours,
        (Some(OPERATOR), Some(_)) => Standing::OtherOwner,
        _ => Standing::Foreign,
    };
    let obstacle = if secret.type_.as_deref() != Some(SECRET_TYPE) {
        Some(Obstacle::WrongType)
    } else if secret.immutable == Some(true) {
        Some(Obstacle::Immutable)
    } else {
        None
    };
    let value = secret.data.as_ref().and_then(|data| data.get(SECRET_KEY)).map(|value| value.0.as_slice());
    let content = Content::read(value);
    let marks = marks::read(metadata.annotations.as_ref().and_then(|annotations| annotations.get(ENTRIES)));
    let marks = if standing == Standing::Ours { marks } else { Default::default() };
    let hosts: Vec<HostRecord> = marks
        .into_iter()
        .map(|(host, mark)| HostRecord {
            intact: content.as_ref().and_then(|content| content.sha256(&host)).as_ref() == Some(&mark.sha256),
            host: shared_name(&host),
            issued: mark.issued,
            expires: mark.expires,
            source: shared_name(&mark.source),
        })
        .collect();
    let ours: Vec<&str> = hosts.iter().map(|host| &*host.host).collect();
    let others_keys = secret.data.iter().flatten().any(|(key, _)| key != SECRET_KEY);
    // What cannot be read is not ours either.
    let shared = others_keys
        || match &content {
            Some(content) => content.has_others(&ours),
            None => value.is_some_and(|value| !value.is_empty()),
        };
    SecretRecord {
        uid: metadata.uid.as_deref().unwrap_or_default().into(),
        version: metadata.resource_version.as_deref().unwrap_or_default().into(),
        standing,
        obstacle,
        readable: content.is_some_and(|content| content.is_understood()) && value.is_some(),
        shared,
        hosts,
    }
}

impl SecretRecord {
    /// The entry of a host.
    pub fn host(&self, host: &str) -> Option<&HostRecord> {
        self.hosts.iter().find(|record| &*record.host == host)
    }

    /// Why it is not written, if it is not to be.
    pub fn obstacle(&self, adopt: bool) -> Option<Obstacle> {
        match self.standing {
            Standing::Ours => self.obstacle,
            Standing::OtherOwner => Some(Obstacle::NameTaken),
            Standing::Foreign if !adopt => Some(Obstacle::NameTaken),
            Standing::Foreign if self.obstacle.is_some() => self.obstacle,
            Standing::Foreign => (!self.readable).then_some(Obstacle::Unreadable),
        }
    }
}

/// A name of its own, for tests and single use.
pub fn own_name(text: &str) -> Name {
    Arc::from(text)
}
