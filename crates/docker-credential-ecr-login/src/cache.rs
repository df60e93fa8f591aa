//! Where tokens are kept between calls: a file each, the kernel's keyring, or nowhere.
//!
//! Whatever goes wrong here is a miss, never a failure: a token can always be had from AWS.

mod file;
#[cfg(target_os = "linux")]
mod keyring;

use std::path::Path;

use ecrpass_credentials::credential_chain::Fingerprint;
pub use file::FileCache;

use crate::entry::Entry;
use crate::settings::{CacheKind, Settings};

/// A place for tokens.
pub enum Cache {
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
        match (settings.cache, tokens_directory(settings)) {
            (CacheKind::File, Some(directory)) => Self::File(FileCache::new(directory)),
            #[cfg(target_os = "linux")]
            (CacheKind::Kernel, _) => Self::Kernel(keyring::KeyringCache),
            _ => Self::None,
        }
    }

    /// The entry of a key, if there is a readable one.
    pub fn load(&self, key: &Fingerprint) -> Option<Entry> {
        match self {
            Self::File(cache) => cache.load(key),
            #[cfg(target_os = "linux")]
            Self::Kernel(cache) => cache.load(key),
            Self::None => None,
        }
    }

    /// Keeps an entry.
    ///
    /// # Errors
    /// Why it was not kept, for the log: the answer does not depend on it.
    pub fn store(&self, key: &Fingerprint, entry: &Entry) -> Result<(), String> {
        match self {
            Self::File(cache) => cache.store(key, entry).map_err(|error| error.to_string()),
            #[cfg(target_os = "linux")]
            Self::Kernel(cache) => cache.store(key, entry),
            Self::None => Ok(()),
        }
    }

    /// Forgets an entry.
    pub fn remove(&self, key: &Fingerprint) {
        match self {
            Self::File(cache) => cache.remove(key),
            #[cfg(target_os = "linux")]
            Self::Kernel(cache) => cache.remove(key),
            Self::None => {}
        }
    }

    /// Every entry there is; the kernel's keyring cannot be listed without its keys.
    pub fn entries(&self) -> Vec<Entry> {
        match self {
            Self::File(cache) => cache.entries(),
            _ => Vec::new(),
        }
    }

    /// Forgets every entry that was handed out for a host, whichever credentials it came from.
    pub fn remove_host(&self, host: &str) {
        if let Self::File(cache) = self {
            cache.remove_host(host);
        }
    }
}

/// The directory for tokens and locks.
pub fn tokens_directory(settings: &Settings) -> Option<std::path::PathBuf> {
    settings.directory.as_deref().map(|directory: &Path| directory.join("tokens"))
}
