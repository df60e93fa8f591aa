//! Taking a file's changes back for good: what it was before them, and the copies that are kept of it.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecrpass_clients::client::FileState;
use zeroize::Zeroizing;

use super::exchange::take_away;
use super::{Original, backups, real_path, sync_directory};
use crate::system::machine::read;

/// What a file was before one of our changes.
pub struct Former {
    /// Its text.
    pub text: Arc<Zeroizing<String>>,
    /// Whether there was no file.
    pub is_absent: bool,
}

impl Original {
    /// What the file was before each of our changes, as far as it is known, the oldest first.
    pub fn formers(&self) -> Vec<Former> {
        let read = |(_, path): (u32, PathBuf)| match read(&path) {
            FileState::Text(text) => Some(Former { text, is_absent: backups::is_of_none(&path) }),
            _ => None,
        };
        backups::backups(&self.real).into_iter().filter_map(read).collect()
    }

    /// Takes the file away, if this is still what is in it.
    pub fn take_away(&self, text: &str) {
        take_away(&self.real, text);
        sync_directory(self.directory());
    }
}

/// Removes the copies that are kept of a file: what it was, and what was undone. Those of what other programs wrote
/// are not ours; they stay, and are what is returned.
///
/// # Errors
/// When one cannot be removed.
pub fn forget(path: &Path) -> io::Result<Vec<PathBuf>> {
    let real = real_path(path);
    let (kept, ours) = kept_and_ours(&real);
    for copy in ours {
        match fs::remove_file(&copy) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(kept)
}

/// The copies of a file: those of what other programs wrote, and ours.
pub fn kept_and_ours(path: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let is_kept = |copy: &PathBuf| {
        let name = copy.file_name().unwrap_or_default().to_string_lossy();
        // An empty object is what we take away ourselves.
        name.contains(".kept-by-ecrpass-")
            && !matches!(read(copy), FileState::Text(text) if text.trim() == "{}")
    };
    copies_of(path).into_iter().partition(is_kept)
}

/// Every copy of a file that is kept beside it: backups, what was undone, and what other programs wrote meanwhile.
pub fn copies_of(path: &Path) -> Vec<PathBuf> {
    backups::copies(&real_path(path))
}
