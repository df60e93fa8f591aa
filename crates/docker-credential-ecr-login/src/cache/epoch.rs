//! The time between two `erase`s: an answer that was asked for in an earlier one must not bring an erased token back.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ecrpass_system::bounded;

use crate::private_file;

/// The file in the directory of tokens that changes with every `erase`.
const FILE: &str = "erased";

/// What the file held; nothing before the first `erase`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Epoch(Option<Vec<u8>>);

impl Epoch {
    /// The present one.
    pub fn read(directory: &Path) -> Self {
        Self(bounded::read(&path(directory), 256, Duration::from_millis(100)).ok())
    }

    /// Begins the next.
    pub fn begin(directory: &Path) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = format!("{} {}\n", since.as_nanos(), std::process::id());
        let _ = private_file::create_directory(directory)
            .and_then(|()| private_file::replace(&path(directory), name.as_bytes()));
    }
}

fn path(directory: &Path) -> PathBuf {
    directory.join(FILE)
}
