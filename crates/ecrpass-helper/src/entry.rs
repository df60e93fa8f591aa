//! A cached token, and how it is written down.

use std::borrow::Cow;

use ecrpass_core::time::{EpochSeconds, Moment};
use ecrpass_core::token::password_expiry;
use ecrpass_core::{Secret, WipedBuffer};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::freshness::{Issue, Verdict, judge};

/// The format's number; files with another one are not ours to read.
pub const VERSION: u32 = 2;

/// The longest entry read, in bytes.
pub const MAX_ENTRY: usize = 128 * 1024;

/// A token as it is kept.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The user name, `AWS`.
    pub username: String,
    /// The registry password.
    pub password: Secret,
    /// When it was issued, and how long it lives.
    pub issue: Issue,
    /// After a refresh that failed, when to try the next; 0 for at once.
    pub retry_after: EpochSeconds,
    /// The hosts it was handed out for, which is what `list` prints.
    pub hosts: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Written<'a> {
    version: u32,
    key: Cow<'a, str>,
    username: Cow<'a, str>,
    #[serde(borrow)]
    password: Cow<'a, str>,
    /// When it was issued, by this machine's clocks.
    boot: Option<Cow<'a, str>>,
    since_boot: Option<i64>,
    issued_at: EpochSeconds,
    /// The same by AWS's clock, and when it expires.
    aws_time: Option<EpochSeconds>,
    aws_expires_at: EpochSeconds,
    #[serde(default)]
    retry_after: EpochSeconds,
    #[serde(default)]
    hosts: Vec<String>,
}

impl Entry {
    /// Adds hosts it was handed out for.
    pub fn add_hosts(&mut self, hosts: Vec<String>) {
        for host in hosts {
            if !self.hosts.contains(&host) {
                self.hosts.push(host);
            }
        }
    }

    /// What may be done with it.
    pub fn judge(&self, now: &Moment) -> Verdict {
        judge(&self.issue, self.retry_after, now)
    }

    /// Writes the entry down under its key. Empty only if memory for it cannot be had.
    pub fn to_bytes(&self, key: &str) -> Zeroizing<Vec<u8>> {
        let written = Written {
            version: VERSION,
            key: Cow::Borrowed(key),
            username: Cow::Borrowed(&self.username),
            password: Cow::Borrowed(self.password.expose()),
            boot: self.issue.moment.boot.as_deref().map(Cow::Borrowed),
            since_boot: self.issue.moment.since_boot,
            issued_at: self.issue.moment.wall,
            aws_time: self.issue.aws_time,
            aws_expires_at: self.issue.aws_expires_at,
            retry_after: self.retry_after,
            hosts: self.hosts.clone(),
        };
        let hosts: usize = self.hosts.iter().map(|host| host.len() + 3).sum();
        let mut bytes = WipedBuffer::with_capacity(self.password.expose().len() + hosts + 1024);
        match serde_json::to_writer(&mut bytes, &written) {
            Ok(()) => bytes.into_bytes(),
            Err(_) => Zeroizing::default(),
        }
    }

    /// Reads an entry; `None` for anything that is not one written for this key (or, without one, for any key).
    pub fn from_bytes(bytes: &[u8], key: Option<&str>) -> Option<Self> {
        if bytes.len() > MAX_ENTRY {
            return None;
        }
        let written: Written<'_> = serde_json::from_slice(bytes).ok()?;
        let ours = written.version == VERSION
            && key.is_none_or(|key| key == written.key)
            && !written.username.is_empty()
            && !written.password.is_empty();
        if !ours {
            return None;
        }
        // The token's own word beats what the entry claims.
        let own = password_expiry(&written.password).unwrap_or(EpochSeconds::MAX);
        Some(Self {
            username: written.username.into_owned(),
            password: Secret::new(written.password.into_owned()),
            issue: Issue {
                moment: Moment {
                    boot: written.boot.map(Cow::into_owned),
                    since_boot: written.since_boot,
                    wall: written.issued_at,
                },
                aws_time: written.aws_time,
                aws_expires_at: written.aws_expires_at.min(own),
            },
            retry_after: written.retry_after,
            hosts: written.hosts,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(password: &str, hosts: Vec<String>) -> Entry {
        Entry {
            username: "AWS".to_owned(),
            password: Secret::new(password.to_owned()),
            issue: Issue {
                moment: Moment { boot: Some("b".to_owned()), since_boot: Some(3), wall: 5 },
                aws_time: Some(8),
                aws_expires_at: 70,
            },
            retry_after: 6,
            hosts,
        }
    }

    #[test]
    fn the_tokens_own_word_beats_the_entrys() {
        use base64::Engine as _;
        for (own, expires) in [(50, 50), (90, 70)] {
            let payload = format!(r#"{{"payload":"x","expiration":{own}}}"#);
            let password = base64::engine::general_purpose::STANDARD.encode(payload);
            let bytes = entry(&password, Vec::new()).to_bytes("k");
            assert_eq!(Entry::from_bytes(&bytes, None).unwrap().issue.aws_expires_at, expires);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(password in ".{1,200}", hosts in prop::collection::vec("[a-z.]{1,20}", 0..4)) {
            let bytes = entry(&password, hosts.clone()).to_bytes("k");
            let read = Entry::from_bytes(&bytes, Some("k")).unwrap();
            prop_assert_eq!(read.password.expose(), password.as_str());
            prop_assert_eq!((read.issue, read.retry_after), (entry(&password, Vec::new()).issue, 6));
            prop_assert_eq!(read.hosts, hosts);
            prop_assert!(Entry::from_bytes(&bytes, Some("other")).is_none());
        }

        #[test]
        fn anything_else_is_a_miss(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0_usize..200) {
            prop_assert!(Entry::from_bytes(&bytes, None).is_none());
            let whole = entry("secret", Vec::new()).to_bytes("k");
            prop_assert!(Entry::from_bytes(&whole[..cut.min(whole.len() - 1)], Some("k")).is_none());
        }
    }
}
