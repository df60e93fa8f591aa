//! One file per token, written by rename, readable by its owner only.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ecrpass_credentials::credential_chain::Fingerprint;

use crate::entry::{Entry, MAX_ENTRY};
use crate::flight;
use crate::private_file::{self, TEMPORARY};

/// Older files hold nothing alive: a token lives 12 hours.
const STALE: Duration = Duration::from_secs(13 * 60 * 60);

/// A writer that was killed leaves its file behind for at most this long.
const STALE_TEMPORARY: Duration = Duration::from_secs(10 * 60);

/// A directory of tokens.
pub struct FileCache {
    directory: PathBuf,
}

impl FileCache {
    /// A cache in that directory, which need not exist yet.
    pub fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    fn path(&self, key: &Fingerprint) -> PathBuf {
        self.directory.join(key.as_str()).with_extension("json")
    }

    pub(super) fn load(&self, key: &Fingerprint) -> Option<Entry> {
        let bytes = private_file::read(&self.path(key), MAX_ENTRY).ok()?;
        Entry::from_bytes(&bytes, Some(key.as_str()))
    }

    pub(super) fn store(&self, key: &Fingerprint, entry: &Entry) -> io::Result<()> {
        private_file::create_directory(&self.directory)?;
        private_file::replace(&self.path(key), &entry.to_bytes(key.as_str()))?;
        self.sweep();
        Ok(())
    }

    pub(super) fn remove(&self, key: &Fingerprint) {
        let _ = fs::remove_file(self.path(key));
    }

    pub(super) fn entries(&self) -> Vec<Entry> {
        self.files("json").filter_map(|path| read_any(&path)).collect()
    }

    pub(super) fn remove_host(&self, host: &str) {
        for path in self.files("json") {
            if read_any(&path).is_some_and(|entry| entry.hosts.iter().any(|other| other == host)) {
                let _ = fs::remove_file(path);
            }
        }
    }

    fn files(&self, extension: &'static str) -> impl Iterator<Item = PathBuf> {
        let entries = fs::read_dir(&self.directory).ok();
        entries
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(move |path| path.extension().is_some_and(|found| found == extension))
    }

    /// Removes what nobody can use any more. Runs after a token was stored, so about once in six hours.
    fn sweep(&self) {
        for (extension, age) in [("json", STALE), ("refusal", STALE), (TEMPORARY, STALE_TEMPORARY)] {
            for path in self.files(extension).filter(|path| is_older(path, age)) {
                let _ = fs::remove_file(path);
            }
        }
        for path in self.files(flight::LOCK).filter(|path| is_older(path, STALE)) {
            flight::remove_if_free(&path);
        }
    }
}

fn read_any(path: &Path) -> Option<Entry> {
    Entry::from_bytes(&private_file::read(path, MAX_ENTRY).ok()?, None)
}

fn is_older(path: &Path, age: Duration) -> bool {
    let modified = fs::symlink_metadata(path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|elapsed| elapsed > age))
}
