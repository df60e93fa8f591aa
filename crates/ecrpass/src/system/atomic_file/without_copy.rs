//! Writing a file of which others keep the history: no copy is left beside it.

use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::lock::{Lock, PATIENCE, held};
use super::{Original, Replaced, directory_of, real_path};
use crate::error::CommandError;

impl Original {
    /// Puts new bytes in the place of a file that has these, in whatever encoding, and keeps no copy of the old ones: for files
    /// that a repository keeps.
    ///
    /// # Errors
    /// When it cannot be written, or another program holds its directory's lock; the old file is then still there.
    pub fn replace_bytes(path: &Path, old: &[u8], new: &[u8]) -> Result<Replaced, CommandError> {
        let real = real_path(path);
        let lock = held(directory_of(&real), PATIENCE)?;
        let is_locked = matches!(lock, Lock::Held(_));
        let text = std::str::from_utf8(old).ok().map(|text| Arc::new(Zeroizing::new(text.to_owned())));
        let mut this = Self { path: path.to_owned(), real, text, notes: Vec::new(), lock: Some(lock) };
        this.tidy(is_locked);
        let prepared = this.prepared(new, &this.attributes()?, false)?;
        this.put_bytes(prepared, new, Some(old), &mut |_| {})
    }
}
