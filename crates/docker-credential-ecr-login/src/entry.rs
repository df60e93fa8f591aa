//! A cached token, and how it is written down.

use std::borrow::Cow;

use ecrpass_core::Secret;
use ecrpass_core::time::EpochSeconds;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The format's number; files with another one are not ours to read.
const VERSION: u32 = 1;

/// The longest entry read, in bytes.
pub const MAX_ENTRY: usize = 128 * 1024;

/// A token as it is kept.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The user name, `AWS`.
    pub username: String,
    /// The registry password.
    pub password: Secret,
    /// When it was issued, by this machine's clock.
    pub issued_at: EpochSeconds,
    /// When it expires, by this machine's clock.
    pub expires_at: EpochSeconds,
    /// This machine's clock minus AWS's when it was issued, in seconds.
    pub clock_offset: i64,
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
    issued_at: EpochSeconds,
    expires_at: EpochSeconds,
    #[serde(default)]
    clock_offset: i64,
    #[serde(default)]
    retry_after: EpochSeconds,
    #[serde(default)]
    hosts: Vec<String>,
}

impl Entry {
    /// Writes the entry down under its key. Empty only if memory for it cannot be had.
    pub fn to_bytes(&self, key: &str) -> Zeroizing<Vec<u8>> {
        let written = Written {
            version: VERSION,
            key: Cow::Borrowed(key),
            username: Cow::Borrowed(&self.username),
            password: Cow::Borrowed(self.password.expose()),
            issued_at: self.issued_at,
            expires_at: self.expires_at,
            clock_offset: self.clock_offset,
            retry_after: self.retry_after,
            hosts: self.hosts.clone(),
        };
        Zeroizing::new(serde_json::to_vec(&written).unwrap_or_default())
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
        ours.then(|| Self {
            username: written.username.into_owned(),
            password: Secret::new(written.password.into_owned()),
            issued_at: written.issued_at,
            expires_at: written.expires_at,
            clock_offset: written.clock_offset,
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
            issued_at: 5,
            expires_at: 7,
            clock_offset: -3,
            retry_after: 6,
            hosts,
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(password in ".{1,200}", hosts in prop::collection::vec("[a-z.]{1,20}", 0..4)) {
            let bytes = entry(&password, hosts.clone()).to_bytes("k");
            let read = Entry::from_bytes(&bytes, Some("k")).unwrap();
            prop_assert_eq!(read.password.expose(), password.as_str());
            prop_assert_eq!((read.issued_at, read.expires_at, read.clock_offset, read.retry_after), (5, 7, -3, 6));
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
