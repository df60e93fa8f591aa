//! The time between two `erase`s: an answer that was asked for in an earlier one must not bring an erased token back.
//!
//! An epoch is a file, replaced by every `erase`. Whatever is wrong with that file, the doubt is on the side of the
//! erase: what cannot be compared counts as erased, and the token is handed out without being kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::private_file;

/// The longest content, in bytes.
const MAX_EPOCH: usize = 256;

/// The present epoch, as far as it can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Epoch {
    /// There was no `erase` yet, or nothing is kept here.
    First,
    /// The one that began with this file.
    Since(Mark),
    /// Something is in the file's place that cannot be read, or is not ours.
    Unknown,
}

/// What tells one file from another that took its place, also where the disk was too full for any content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    file: u64,
    modified: Option<SystemTime>,
    content: Vec<u8>,
}

impl Epoch {
    /// The file in the directory of tokens that changes with every `erase`.
    pub const FILE: &str = "erased";

    /// The present one.
    pub fn read(directory: &Path) -> Self {
        let path = path(directory);
        match private_file::read_with(&path, MAX_EPOCH) {
            Ok((content, metadata)) => Self::Since(Mark {
                file: private_file::number(&metadata),
                modified: metadata.modified().ok(),
                content: content.to_vec(),
            }),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Self::First
            }
            Err(_) => Self::Unknown,
        }
    }

    /// Whether an answer that was asked for in this epoch may be kept in that one.
    pub fn is_still(&self, now: &Self) -> bool {
        *self != Self::Unknown && self == now
    }

    /// Begins the next.
    ///
    /// # Errors
    /// When the file could not be replaced, and is not gone either: then nothing has changed.
    pub fn begin(directory: &Path) -> io::Result<()> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = format!("{} {}\n", since.as_nanos(), std::process::id());
        let path = path(directory);
        private_file::create_directory(directory)?;
        // A directory cannot be replaced by a file.
        let _ = fs::remove_dir(&path);
        private_file::replace(&path, name.as_bytes())
            // On a full disk there is still room for a new file without content.
            .or_else(|_| private_file::replace(&path, b""))
            .or_else(|_| fs::remove_file(&path))
    }
}

fn path(directory: &Path) -> PathBuf {
    directory.join(Epoch::FILE)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn every_erase_begins_another_one() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path().join("tokens");
        let mut seen = vec![Epoch::read(&directory)];
        for _ in 0..3 {
            Epoch::begin(&directory).unwrap();
            let now = Epoch::read(&directory);
            assert!(now.is_still(&Epoch::read(&directory)));
            assert!(seen.iter().all(|before| !before.is_still(&now)), "{seen:?} {now:?}");
            seen.push(now);
        }
        assert_eq!(seen[0], Epoch::First);
    }

    #[test]
    fn without_content_it_is_another_one_too() {
        let directory = tempfile::tempdir().unwrap();
        let mut seen = Vec::new();
        for _ in 0..3 {
            private_file::replace(&path(directory.path()), b"").unwrap();
            let now = Epoch::read(directory.path());
            assert!(seen.iter().all(|before: &Epoch| !before.is_still(&now)));
            seen.push(now);
        }
    }

    #[test]
    fn what_cannot_be_told_counts_as_erased_and_is_replaced_by_the_next_erase() {
        let spoil: [fn(&Path); 5] = [
            |path| fs::create_dir(path).unwrap(),
            |path| symlink("/dev/null", path).unwrap(),
            |path| {
                let mode = 0o600.into();
                rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
            },
            |path| {
                fs::write(path, "others can write it").unwrap();
                fs::set_permissions(path, fs::Permissions::from_mode(0o666)).unwrap();
            },
            |path| private_file::replace(path, &[b'x'; 1000]).unwrap(),
        ];
        for (number, spoil) in spoil.iter().enumerate() {
            let directory = tempfile::tempdir().unwrap();
            spoil(&path(directory.path()));
            let now = Epoch::read(directory.path());
            assert_eq!(now, Epoch::Unknown, "{number}");
            assert!(!now.is_still(&now), "{number}");
            Epoch::begin(directory.path()).unwrap();
            assert!(matches!(Epoch::read(directory.path()), Epoch::Since(_)), "{number}");
        }
    }
}
