//! Where tokens are kept between calls: a file each, the kernel's keyring, or nowhere.
//!
//! Whatever goes wrong here is a miss, never a failure: a token can always be had from AWS. Several processes write at
//! once, and some of them late: every change looks at what is there first, under a lock that is held for a moment.

mod epoch;
mod file;
#[cfg(target_os = "linux")]
mod keyring;

use std::path::{Path, PathBuf};
use std::time::Duration;

use ecrpass_aws::clock::Moment;
use ecrpass_core::time::EpochSeconds;
use ecrpass_credentials::credential_chain::Fingerprint;
pub use epoch::Epoch;
use file::FileCache;

use crate::entry::Entry;
use crate::freshness::Verdict;
use crate::guard::Guard;
use crate::settings::{CacheKind, Settings};

/// The part of the deadline that somebody who was stopped may cost.
pub const PATIENCE: u32 = 3;

/// A place for tokens.
pub struct Cache {
    store: Store,
    directory: Option<PathBuf>,
    /// How long to wait for others that write.
    patience: Duration,
}

enum Store {
    /// A directory with a file per key.
    File(FileCache),
    /// The user's keyring in the kernel.
    #[cfg(target_os = "linux")]
    Kernel(keyring::KeyringCache),
    /// None.
    None,
}

impl Cache {
    /// The cache that the settings ask for.
    pub fn open(settings: &Settings) -> Self {
        let directory = tokens_directory(settings);
        let store = match (settings.cache, &directory) {
            (CacheKind::File, Some(directory)) => Store::File(FileCache::new(directory.clone())),
            #[cfg(target_os = "linux")]
            (CacheKind::Kernel, _) => Store::Kernel(keyring::KeyringCache),
            _ => Store::None,
        };
        Self { store, directory, patience: settings.deadline / PATIENCE }
    }

    /// The directory in which processes that want the same token meet; `None` where nothing is kept.
    pub fn meeting_place(&self) -> Option<&Path> {
        match self.store {
            Store::None => None,
            _ => self.directory.as_deref(),
        }
    }

    /// The entry of a key, if there is a readable one.
    pub fn load(&self, key: &Fingerprint) -> Option<Entry> {
        match &self.store {
            Store::File(cache) => cache.load(key),
            #[cfg(target_os = "linux")]
            Store::Kernel(cache) => cache.load(key),
            Store::None => None,
        }
    }

    /// The time between two `erase`s that it is now. Taken before AWS is asked.
    pub fn epoch(&self) -> Epoch {
        self.meeting_place().map_or_else(Epoch::default, Epoch::read)
    }

    /// Keeps a new entry that was asked for in this epoch: not if it was erased in the meantime, nor over a newer one.
    ///
    /// # Errors
    /// Why it was not kept; callers answer all the same.
    pub fn keep(
        &self,
        key: &Fingerprint,
        entry: &mut Entry,
        epoch: &Epoch,
        now: &Moment,
    ) -> Result<(), String> {
        let _guard = self.guard();
        if self.epoch() != *epoch {
            return Err("it was erased in the meantime".to_owned());
        }
        if let Some(kept) = self.load(key).filter(|kept| kept.judge(now) != Verdict::Discard) {
            if kept.issue.is_newer_than(&entry.issue) {
                return Err("a newer one is there".to_owned());
            }
            for host in kept.hosts {
                if !entry.hosts.contains(&host) {
                    entry.hosts.push(host);
                }
            }
        }
        self.store(key, entry)?;
        if let Store::File(cache) = &self.store {
            cache.sweep();
        }
        Ok(())
    }

    /// Notes that an entry was handed out for a host.
    pub fn note_host(&self, key: &Fingerprint, entry: &Entry, host: &str) {
        self.change(key, entry, |kept| {
            let is_new = !kept.hosts.iter().any(|other| other == host);
            if is_new {
                kept.hosts.push(host.to_owned());
            }
            is_new
        });
    }

    /// Notes that a refresh failed, and when the next may be tried.
    pub fn rest(&self, key: &Fingerprint, entry: &Entry, until: EpochSeconds) {
        self.change(key, entry, |kept| {
            kept.retry_after = until;
            true
        });
    }

    /// Changes an entry as it is now, if it still holds this token.
    fn change(&self, key: &Fingerprint, entry: &Entry, change: impl FnOnce(&mut Entry) -> bool) {
        let _guard = self.guard();
        if let Some(mut kept) = self.load(key)
            && kept.password.expose() == entry.password.expose()
            && change(&mut kept)
        {
            let _ = self.store(key, &kept);
        }
    }

    /// Removes an entry that may not be served any more, so that no change of clocks brings it back.
    pub fn discard(&self, key: &Fingerprint, now: &Moment) {
        let _guard = self.guard();
        if self.load(key).is_some_and(|kept| kept.judge(now) == Verdict::Discard) {
            self.remove(key);
        }
    }

    /// Forgets every entry that was handed out for a host, and the one of this key. Who is asking AWS just now will not
    /// keep the answer.
    pub fn erase(&self, key: Option<&Fingerprint>, host: &str) {
        let _guard = self.guard();
        if let Some(directory) = self.meeting_place() {
            Epoch::begin(directory);
        }
        if let Store::File(cache) = &self.store {
            cache.remove_host(host);
        }
        if let Some(key) = key {
            self.remove(key);
        }
    }

    /// Every entry there is; the kernel's keyring cannot be listed without its keys.
    pub fn entries(&self) -> Vec<Entry> {
        match &self.store {
            Store::File(cache) => cache.entries(),
            _ => Vec::new(),
        }
    }

    fn guard(&self) -> Guard {
        Guard::take(self.meeting_place(), self.patience)
    }

    fn store(&self, key: &Fingerprint, entry: &Entry) -> Result<(), String> {
        match &self.store {
            Store::File(cache) => cache.store(key, entry).map_err(|error| error.to_string()),
            #[cfg(target_os = "linux")]
            Store::Kernel(cache) => cache.store(key, entry),
            Store::None => Ok(()),
        }
    }

    fn remove(&self, key: &Fingerprint) {
        match &self.store {
            Store::File(cache) => cache.remove(key),
            #[cfg(target_os = "linux")]
            Store::Kernel(cache) => cache.remove(key),
            Store::None => {}
        }
    }
}

/// The directory for tokens and locks.
pub fn tokens_directory(settings: &Settings) -> Option<PathBuf> {
    settings.directory.as_deref().map(|directory: &Path| directory.join("tokens"))
}
