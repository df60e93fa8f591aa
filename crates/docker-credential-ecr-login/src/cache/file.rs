//! One file per token, written by rename, readable by its owner only.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ecrpass_core::hex::is_sha256;
use ecrpass_credentials::credential_chain::Fingerprint;
use ecrpass_helper::entry::{Entry, MAX_ENTRY};
use ecrpass_system::directory;

use super::epoch::Epoch;
use crate::flight;
use crate::guard;
use crate::private_file::{self, TEMPORARY};

/// Older files hold nothing alive: a token lives 12 hours.
const STALE: Duration = Duration::from_secs(13 * 60 * 60);

/// A writer that was killed leaves its file behind for at most this long.
const STALE_TEMPORARY: Duration = Duration::from_secs(10 * 60);

/// The ending of tokens' files.
const TOKEN: &str = "json";

/// The ending of the files with the hosts that a token was handed out for later on, a line each: added to without a
/// lock, because handing out a cached token must not wait for anybody.
const HOSTS: &str = "hosts";

/// The longest list of hosts, in bytes; `list` and `erase` see no more.
const MAX_HOSTS: usize = 64 * 1024;

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
        self.directory.join(key.as_str()).with_extension(TOKEN)
    }

    pub(super) fn load(&self, key: &Fingerprint) -> Option<Entry> {
        let bytes = private_file::read(&self.path(key), MAX_ENTRY).ok()?;
        Entry::from_bytes(&bytes, Some(key.as_str()))
    }

    pub(super) fn store(&self, key: &Fingerprint, entry: &Entry) -> io::Result<()> {
        private_file::create_directory(&self.directory)?;
        private_file::replace(&self.path(key), &entry.to_bytes(key.as_str()))
    }

    /// The hosts that were noted since the entry was stored.
    pub(super) fn hosts(&self, key: &Fingerprint) -> Vec<String> {
        later_hosts(&self.path(key))
    }

    pub(super) fn note_host(&self, key: &Fingerprint, host: &str) {
        if !self.hosts(key).iter().any(|other| other == host) {
            let _ = private_file::append(&self.path(key).with_extension(HOSTS), host, MAX_HOSTS);
        }
    }

    pub(super) fn remove(&self, key: &Fingerprint) -> io::Result<()> {
        remove(&self.path(key))
    }

    pub(super) fn entries(&self) -> Vec<Entry> {
        self.files(TOKEN).filter_map(|path| read_any(&path)).collect()
    }

    /// Removes what was handed out for a host.
    ///
    /// # Errors
    /// The first file that could not be removed; the others are gone.
    pub(super) fn remove_host(&self, host: &str) -> io::Result<()> {
        let mut result = Ok(());
        for path in self.files(TOKEN) {
            if read_any(&path).is_some_and(|entry| entry.hosts.iter().any(|other| other == host)) {
                result = result.and(remove(&path));
            }
        }
        result
    }

    /// Sets everybody aside who is asking AWS: what they get is not kept.
    pub(super) fn remove_locks(&self) {
        for path in self.files(flight::LOCK) {
            let _ = fs::remove_file(path);
        }
    }

    /// Every file of ours in the directory, whatever it holds.
    pub(super) fn own(&self) -> Vec<PathBuf> {
        let endings = [TOKEN, HOSTS, flight::REFUSAL, flight::LOCK, TEMPORARY];
        let mut all: Vec<PathBuf> = endings.into_iter().flat_map(|ending| self.files(ending)).collect();
        let single = [Epoch::FILE, guard::FILE].map(|name| self.directory.join(name));
        all.extend(single.into_iter().filter(|path| private_file::read(path, MAX_ENTRY).is_ok()));
        all
    }

    /// The files that we wrote: others may keep theirs in the same directory.
    fn files(&self, ending: &'static str) -> impl Iterator<Item = PathBuf> + use<> {
        let entries = directory::entries(&self.directory).unwrap_or_default();
        entries.into_iter().filter(move |path| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| is_ours(name, ending))
        })
    }

    /// Removes what nobody can use any more. Runs after a token was stored, so about once in six hours.
    pub(super) fn sweep(&self) {
        for (ending, age) in
            [(TOKEN, STALE), (HOSTS, STALE), (flight::REFUSAL, STALE), (TEMPORARY, STALE_TEMPORARY)]
        {
            for path in self.files(ending).filter(|path| is_older(path, age)) {
                let _ = fs::remove_file(path);
            }
        }
        for path in self.files(flight::LOCK).filter(|path| is_older(path, STALE)) {
            flight::remove_if_free(&path);
        }
    }
}

/// `<64 hexadecimal digits>.<ending>`, and for what is being written `<64 digits>.<process>-<count>.tmp` or
/// `erased.<process>-<count>.tmp`: nothing else is ours.
fn is_ours(name: &str, ending: &str) -> bool {
    let Some((key, rest)) = name.split_once('.') else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_sha256(key) || key == Epoch::FILE && ending == TEMPORARY)
        && if ending == TEMPORARY {
            rest.strip_suffix(TEMPORARY)
                .and_then(|rest| rest.strip_suffix('.')?.split_once('-'))
                .is_some_and(|(process, count)| is_number(process) && is_number(count))
        } else {
            rest == ending
        }
}

fn read_any(path: &Path) -> Option<Entry> {
    let mut entry = Entry::from_bytes(&private_file::read(path, MAX_ENTRY).ok()?, None)?;
    entry.add_hosts(later_hosts(path));
    Some(entry)
}

fn later_hosts(path: &Path) -> Vec<String> {
    // One line may be added after the last look at the length.
    let bytes = private_file::read(&path.with_extension(HOSTS), 2 * MAX_HOSTS).unwrap_or_default();
    String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
}

/// Removes an entry and its list of hosts; what is gone already is no error.
fn remove(path: &Path) -> io::Result<()> {
    let _ = fs::remove_file(path.with_extension(HOSTS));
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn is_older(path: &Path, age: Duration) -> bool {
    let metadata = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file);
    let modified = metadata.and_then(|metadata| metadata.modified().ok());
    modified.is_some_and(|at| SystemTime::now().duration_since(at).is_ok_and(|elapsed| elapsed > age))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_our_own_form_are_ours() {
        let key = "0123456789abcdef".repeat(4);
        for ending in [TOKEN, HOSTS, flight::REFUSAL, flight::LOCK] {
            assert!(is_ours(&format!("{key}.{ending}"), ending));
        }
        assert!(is_ours(&format!("{key}.17-0.tmp"), TEMPORARY));
        assert!(is_ours("erased.17-0.tmp", TEMPORARY));
        let upper = key.to_uppercase();
        for (name, ending) in [
            ("notes.json".to_owned(), TOKEN),
            ("erased.json".to_owned(), TOKEN),
            ("tmp".to_owned(), TEMPORARY),
            ("work.tmp".to_owned(), TEMPORARY),
            ("package-lock.json".to_owned(), TOKEN),
            (format!("{upper}.json"), TOKEN),
            (format!("{key}0.json"), TOKEN),
            (format!("{key}.x.json"), TOKEN),
            (format!("{key}.json"), flight::LOCK),
            (format!("{key}.tmp"), TEMPORARY),
            (format!("{key}.-0.tmp"), TEMPORARY),
            (format!("{key}.1-x.tmp"), TEMPORARY),
            (format!("{key}.1-0.json.tmp"), TEMPORARY),
        ] {
            assert!(!is_ours(&name, ending), "{name}");
        }
    }
}
