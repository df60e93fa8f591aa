//! The file of an unfinished upload, which is gone with whoever holds it: a client that goes away leaves nothing behind.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The path of a file that is removed when this is dropped, unless it was moved elsewhere by then.
#[derive(Debug)]
pub(crate) struct PartFile(PathBuf);

impl PartFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        // Moved into place, or a file that cannot be removed, which the next start tries again.
        let _ = fs::remove_file(&self.0);
    }
}

/// Removes what a server that was killed left behind: files that nobody wrote to for `idle`.
pub(crate) fn sweep(directory: &Path, idle: Duration) -> io::Result<()> {
    let now = SystemTime::now();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        let age = metadata.modified().ok().and_then(|at| now.duration_since(at).ok());
        if metadata.is_file() && age.is_some_and(|age| age >= idle) {
            // Another server may be at it too.
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}
