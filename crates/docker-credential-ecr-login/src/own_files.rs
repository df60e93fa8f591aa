//! What the helper leaves on the disk: for whoever looks whether it can, and whoever takes it away again.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cache;
use crate::journal;
use crate::settings::{CacheKind, Settings};

/// Where the helper keeps what it keeps, and what of it is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnFiles {
    /// The directory of tokens; none where there is no home.
    pub tokens: Option<PathBuf>,
    /// Whether tokens are kept there.
    pub is_used: bool,
    /// Whether they are kept in the kernel instead.
    pub in_kernel: bool,
    /// The helper's own files that are there; nobody else's, though others may keep theirs beside them.
    pub files: Vec<PathBuf>,
    /// Directories that the helper makes, the innermost first.
    pub directories: Vec<PathBuf>,
}

impl OwnFiles {
    /// Those of these settings.
    pub fn of(settings: &Settings) -> Self {
        let tokens = cache::tokens_directory(settings);
        let mut files = tokens.as_deref().map(cache::own_files).unwrap_or_default();
        let base = settings.directory.as_deref();
        files.extend(base.into_iter().flat_map(journal::files).filter(|path| is_ours(path)));
        let log = base.map(journal::directory);
        let directories = [tokens.clone(), log, base.map(Path::to_path_buf)];
        Self {
            is_used: settings.cache == CacheKind::File && tokens.is_some(),
            in_kernel: settings.cache == CacheKind::Kernel,
            tokens,
            files,
            directories: directories.into_iter().flatten().collect(),
        }
    }
}

/// Amazon's helper has a log by the same name: one is ours when each of its lines is.
fn is_ours(log: &Path) -> bool {
    let is_file = fs::symlink_metadata(log).is_ok_and(|metadata| metadata.is_file());
    let text = if is_file { ecrpass_system::text_file::read(log).ok() } else { None };
    text.is_some_and(|text| text.lines().all(journal::is_line))
}
