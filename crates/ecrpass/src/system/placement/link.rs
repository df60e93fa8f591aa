//! A link by the helper's name; where users cannot make links, a copy.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::system::atomic_file::create_directory;

/// A link that is to be made, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Where clients find it.
    pub path: PathBuf,
    /// The program that answers then.
    pub target: PathBuf,
}

impl Link {
    /// Makes it, and its directory; in place of nothing but a link that leads nowhere.
    ///
    /// # Errors
    /// When it cannot be made, or is there.
    pub fn create(&self) -> io::Result<()> {
        if let Some(directory) = self.path.parent() {
            create_directory(directory)?;
        }
        if self.path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) && !self.path.exists() {
            fs::remove_file(&self.path)?;
        }
        link(&self.target, &self.path)
    }

    /// Whether it leads where it was made to lead; `None` for what is no link.
    pub fn leads_there(&self) -> Option<bool> {
        fs::read_link(&self.path).ok().map(|target| target == self.target)
    }

    /// As it is shown: what is found there, and what answers.
    pub fn shown(&self) -> String {
        format!("{} → {}", self.path.display(), self.target.display())
    }
}

#[cfg(unix)]
fn link(target: &Path, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

/// Links take rights there that users do not have.
#[cfg(not(unix))]
fn link(target: &Path, path: &Path) -> io::Result<()> {
    if path.exists() {
        return Err(io::Error::from(io::ErrorKind::AlreadyExists));
    }
    fs::copy(target, path).map(|_| ())
}
