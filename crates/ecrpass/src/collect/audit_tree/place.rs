//! Where a path belongs: the repository around it, whose other files it may refer to, or itself.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::gathered::tree_path;
use crate::error::CommandError;
use crate::system::clean_path::clean;

/// A directory that is looked at, and what of it.
#[derive(Debug)]
pub(super) struct Place {
    /// The directory.
    pub root: PathBuf,
    /// Whether it is a git repository's.
    pub is_repository: bool,
    /// Whether all files below are read.
    pub is_walked: bool,
    /// Files that were named.
    pub files: Vec<PathBuf>,
    /// Directories below it that were named.
    pub directories: Vec<PathBuf>,
    /// What was named, as paths of the tree; none for all of it.
    asked: Option<HashSet<String>>,
}

/// The place of a path.
///
/// # Errors
/// When nothing is there.
pub(super) fn of(path: &Path, here: &Path) -> Result<Place, CommandError> {
    let named = clean(&here.join(path));
    let metadata = std::fs::metadata(&named).map_err(|error| {
        CommandError::io(&format!("{} cannot be read", path.display()), error, "check the path")
    })?;
    let is_directory = metadata.is_dir();
    let absolute = if is_directory { followed(named) } else { named };
    let files = if is_directory { Vec::new() } else { vec![absolute.clone()] };
    let mut directories = Vec::new();
    if let Some(root) = repository(&absolute) {
        let within = tree_path(absolute.strip_prefix(&root).unwrap_or(&absolute));
        let asked = (!within.is_empty()).then(|| HashSet::from([within]));
        directories.extend(Some(absolute).filter(|path| is_directory && *path != root));
        return Ok(Place { root, is_repository: true, is_walked: true, files, directories, asked });
    }
    if is_directory {
        let root = absolute;
        return Ok(Place { root, is_repository: false, is_walked: true, files, directories, asked: None });
    }
    // Without a repository nothing says how much around a file belongs to it.
    let root = if absolute.starts_with(here) { here.to_owned() } else { PathBuf::from("/") };
    Ok(Place { root, is_repository: false, is_walked: false, files, directories, asked: None })
}

/// A directory, behind links inside its repository: git sees a link there, and its files where they are.
fn followed(directory: PathBuf) -> PathBuf {
    let Some(root) = repository(&directory) else { return directory };
    let mut inside = directory.ancestors().take_while(|part| *part != root);
    match inside.any(Path::is_symlink) {
        true => directory.canonicalize().unwrap_or(directory),
        false => directory,
    }
}

impl Place {
    /// Adds what was named besides.
    pub(super) fn add(&mut self, other: Self) {
        self.is_walked |= other.is_walked;
        self.files.extend(other.files);
        self.directories.extend(other.directories);
        self.asked = match (self.asked.take(), other.asked) {
            (Some(mut asked), Some(more)) => {
                asked.extend(more);
                Some(asked)
            }
            _ => None,
        };
    }

    /// What was named, as paths of the tree.
    pub(super) fn only(&self) -> Option<HashSet<String>> {
        self.asked.clone()
    }

    /// What is looked at at most, as paths of the tree; none for all of it.
    pub(super) fn extent(&self) -> Option<HashSet<String>> {
        match self.is_walked {
            true => self.only(),
            false => {
                let of = |path: &PathBuf| tree_path(path.strip_prefix(&self.root).unwrap_or(path));
                Some(self.files.iter().map(of).collect())
            }
        }
    }
}

/// The repository a path is in.
fn repository(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|directory| directory.join(".git").symlink_metadata().is_ok()).map(Path::to_owned)
}
