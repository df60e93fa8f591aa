//! Where tokens are kept between calls: a file each, the kernel's keyring, or nowhere.
//!
//! Whatever goes wrong here is a miss, never a failure: a token can always be had from AWS. Several processes write at
//! once, and some of them late: every change looks at what is there first, under a lock that is held for a moment, and
//! who may have been stopped in between looks again afterwards. Reading takes no lock: files change by renaming.

mod epoch;
mod file;
#[cfg(target_os = "linux")]
mod keyring;

use std::path::{Path, PathBuf};

use ecrpass_core::time::{EpochSeconds, Moment};
use ecrpass_credentials::credential_chain::Fingerprint;
use ecrpass_helper::entry::Entry;
use ecrpass_helper::freshness::Verdict;
pub use epoch::Epoch;
use file::FileCache;

use crate::guard::{Guard, Patience};
use crate::settings::{CacheKind, Settings};

/// The part of the deadline that somebody who was stopped may cost.
pub const PATIENCE: u32 = 3;

/// Why an answer that came too late is not kept.
const ERASED: &str = "it was erased in the meantime";

/// A place for tokens.
pub struct Cache {
    store: Store,
    directory: Option<PathBuf>,
    patience: Patience,
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
        Self::of(settings.cache, settings)
    }

    /// The one in which a token has to be forgotten, also by a call that is told to keep none.
    pub fn to_erase(settings: &Settings) -> Self {
        Self::of(settings.cache_of_others, settings)
    }

    fn of(kind: CacheKind, settings: &Settings) -> Self {
        let directory = tokens_directory(settings);
        let store = match (kind, &directory) {
            (CacheKind::File, Some(directory)) => Store::File(FileCache::new(directory.clone())),
            #[cfg(target_os = "linux")]
            (CacheKind::Kernel, _) => Store::Kernel(keyring::KeyringCache),
            _ => Store::None,
        };
        Self { store, directory, patience: Patience::new(settings.deadline / PATIENCE) }
    }

    /// What this request may lose to others that were stopped.
    pub fn patience(&self) -> &Patience {
        &self.patience
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
        let Some(directory) = self.meeting_place() else { return Epoch::First };
        if Epoch::read(directory) == Epoch::Unknown {
            // Whatever is in the file's place would keep every token out of the cache.
            let _guard = self.guard();
            if Epoch::read(directory) == Epoch::Unknown {
                let _ = Epoch::begin(directory);
            }
        }
        Epoch::read(directory)
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
        if *epoch == Epoch::Unknown {
            return Err("nobody can tell whether it was erased in the meantime".to_owned());
        }
        if !self.is_still(epoch) {
            return Err(ERASED.to_owned());
        }
        if let Some(kept) = self.load(key).filter(|kept| kept.judge(now) != Verdict::Discard) {
            if kept.issue.is_newer_than(&entry.issue) {
                return Err("a newer one is there".to_owned());
            }
            entry.add_hosts(kept.hosts);
            if let Store::File(cache) = &self.store {
                entry.add_hosts(cache.hosts(key));
            }
        }
        self.store(key, entry, epoch)?;
        if let Store::File(cache) = &self.store {
            cache.sweep();
        }
        Ok(())
    }

    /// Notes that an entry was handed out for a host. Takes no lock and waits for nobody. The kernel's keyring cannot be
    /// listed, so it notes none.
    pub fn note_host(&self, key: &Fingerprint, host: &str) {
        if let Store::File(cache) = &self.store {
            cache.note_host(key, host);
        }
    }

    /// Notes that a refresh failed, and when the next may be tried, if the entry still holds this token.
    pub fn rest(&self, key: &Fingerprint, entry: &Entry, until: EpochSeconds) {
        let epoch = self.epoch();
        let _guard = self.guard();
        if let Some(mut kept) =
            self.load(key).filter(|kept| kept.password.expose() == entry.password.expose())
        {
            kept.retry_after = until;
            let _ = self.store(key, &kept, &epoch);
        }
    }

    /// Removes an entry that may not be served any more, so that no change of clocks brings it back.
    pub fn discard(&self, key: &Fingerprint, now: &Moment) {
        let is_over = || self.load(key).is_some_and(|kept| kept.judge(now) == Verdict::Discard);
        // Mostly there is none, and then no lock is needed.
        if is_over() {
            let _guard = self.guard();
            if is_over() {
                let _ = self.remove(key);
            }
        }
    }

    /// Forgets every entry that was handed out for a host, and the one of this key. Who is asking AWS just now will not
    /// keep the answer.
    ///
    /// # Errors
    /// When a token is still there.
    pub fn erase(&self, key: Option<&Fingerprint>, host: &str) -> Result<(), String> {
        let _guard = self.guard();
        if let Some(directory) = self.meeting_place()
            && Epoch::begin(directory).is_err()
        {
            FileCache::new(directory.to_owned()).remove_locks();
        }
        let result = match &self.store {
            Store::File(cache) => cache.remove_host(host).map_err(|error| error.to_string()),
            _ => Ok(()),
        };
        result.and(key.map_or(Ok(()), |key| self.remove(key)))
    }

    /// Every entry there is; the kernel's keyring cannot be listed without its keys.
    pub fn entries(&self) -> Vec<Entry> {
        match &self.store {
            Store::File(cache) => cache.entries(),
            _ => Vec::new(),
        }
    }

    fn guard(&self) -> Guard {
        Guard::take(self.meeting_place(), &self.patience)
    }

    fn is_still(&self, epoch: &Epoch) -> bool {
        self.meeting_place().is_none_or(|directory| epoch.is_still(&Epoch::read(directory)))
    }

    /// Stores an entry, and takes it back if an `erase` came in between: this process may have been stopped for hours
    /// after its last look, and an `erase` does not wait so long for the lock.
    fn store(&self, key: &Fingerprint, entry: &Entry, epoch: &Epoch) -> Result<(), String> {
        match &self.store {
            Store::File(cache) => cache.store(key, entry).map_err(|error| error.to_string()),
            #[cfg(target_os = "linux")]
            Store::Kernel(cache) => cache.store(key, entry),
            Store::None => Ok(()),
        }?;
        if self.is_still(epoch) {
            return Ok(());
        }
        let _ = self.remove(key);
        Err(ERASED.to_owned())
    }

    fn remove(&self, key: &Fingerprint) -> Result<(), String> {
        match &self.store {
            Store::File(cache) => cache.remove(key).map_err(|error| error.to_string()),
            #[cfg(target_os = "linux")]
            Store::Kernel(cache) => cache.remove(key),
            Store::None => Ok(()),
        }
    }
}

/// Every file of ours in a directory of tokens.
pub fn own_files(directory: &Path) -> Vec<PathBuf> {
    FileCache::new(directory.to_path_buf()).own()
}

/// The directory for tokens and locks.
pub fn tokens_directory(settings: &Settings) -> Option<PathBuf> {
    settings.directory.as_deref().map(|directory: &Path| directory.join("tokens"))
}
