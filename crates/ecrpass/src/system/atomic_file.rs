//! Replaces a configuration without ever leaving half a file: through symbolic links, with its mode and owner, with a
//! backup, and not at all when somebody else wrote to it meanwhile.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use ecrpass_clients::client::FileState;
use ecrpass_core::hex::hex;
use ecrpass_core::shell::quoted;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::error::CommandError;
use crate::system::machine::read;

/// How many backups of a file are kept.
const BACKUPS: usize = 5;

/// A file that is to be rewritten, as it was when it was read.
pub struct Original {
    /// The path the user knows.
    pub path: PathBuf,
    /// The file itself, behind all links.
    real: PathBuf,
    /// Its text; `None` when there is no such file.
    pub text: Option<Zeroizing<String>>,
    /// Holds its directory's lock: of several of us, one reads and writes at a time. Where there is no such thing,
    /// the check for changes must do.
    _lock: Option<File>,
}

impl Original {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read(path: &Path) -> Result<Self, CommandError> {
        let real = real_path(path);
        let directory = real.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let lock = File::open(directory).ok().filter(|directory| directory.lock().is_ok());
        let text = match read(&real) {
            FileState::Text(text) => Some(text),
            FileState::Missing => None,
            FileState::Unreadable(why) => {
                return Err(CommandError::could_not_run(
                    format!("{} cannot be read: {why}.", path.display()),
                    format!("check who owns it: ls -l {}", word(path)),
                ));
            }
        };
        Ok(Self { path: path.to_owned(), real, text, _lock: lock })
    }

    /// Puts a new text in the file's place, and keeps the old one as a backup.
    ///
    /// # Errors
    /// When the file has changed since it was read, or cannot be written; the old file is then still there.
    pub fn replace(&self, text: &str) -> Result<(), CommandError> {
        let could_not = |what: &str, error: io::Error| self.could_not(what, error);
        let metadata = match fs::metadata(&self.real) {
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(could_not("cannot be looked at", error)),
        };
        if metadata.is_none() {
            create_directory(self.directory())
                .map_err(|error| could_not("has no directory to be in", error))?;
        }
        let new = temporary(&self.real, text.as_bytes(), metadata.as_ref())
            .map_err(|error| could_not("cannot be written", error))?;
        let backup = match &self.text {
            Some(old) => Some(
                self.back_up(old, text, metadata.as_ref())
                    .map_err(|error| could_not("cannot be backed up, so it was left as it is", error))?,
            ),
            None => None,
        };
        if !self.is_unchanged() {
            if let Some(backup) = backup {
                let _ = fs::remove_file(backup);
            }
            return Err(CommandError::problems(
                format!(
                    "{} was changed by somebody else meanwhile; it was left as it is.",
                    self.path.display()
                ),
                "run this again",
            ));
        }
        rename(new, &self.real).map_err(|error| could_not("cannot be replaced", error))?;
        sync_directory(self.directory());
        self.prune_backups();
        Ok(())
    }

    fn could_not(&self, what: &str, error: io::Error) -> CommandError {
        let next = match error.kind() {
            ErrorKind::StorageFull => "free disk space, then try again".to_owned(),
            ErrorKind::ReadOnlyFilesystem | ErrorKind::ResourceBusy => {
                "the file is mounted from elsewhere: fix it there".to_owned()
            }
            ErrorKind::PermissionDenied => {
                format!("check who owns it: ls -ld {}", word(self.directory()))
            }
            _ => "nothing was changed; fix that, then try again".to_owned(),
        };
        CommandError::CouldNotRun {
            what: format!("{} {what}: {error}.", self.path.display()),
            next,
            source: Some(Box::new(error)),
        }
    }

    fn directory(&self) -> &Path {
        self.real.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    fn is_unchanged(&self) -> bool {
        match (read(&self.real), &self.text) {
            (FileState::Missing, None) => true,
            (FileState::Text(now), Some(then)) => *now == **then,
            _ => false,
        }
    }

    /// The backup's name tells what was written in its place, so that undoing can see whether that is still there.
    fn back_up(&self, old: &str, new: &str, metadata: Option<&fs::Metadata>) -> io::Result<PathBuf> {
        let number = self.backups().last().map_or(1, |(number, _)| number + 1);
        let path = self.directory().join(format!("{}{number:03}-{}", self.prefix(), fingerprint(new)));
        rename(temporary(&path, old.as_bytes(), metadata)?, &path)?;
        Ok(path)
    }

    fn prefix(&self) -> String {
        let name = self.real.file_name().unwrap_or_default().to_string_lossy();
        format!("{name}.before-ecrpass-")
    }

    /// The backups, the oldest first.
    fn backups(&self) -> Vec<(u32, PathBuf)> {
        let prefix = self.prefix();
        let Ok(entries) = fs::read_dir(self.directory()) else { return Vec::new() };
        let numbered = entries.filter_map(|entry| {
            let path = entry.ok()?.path();
            let (number, _) = path.file_name()?.to_str()?.strip_prefix(&prefix)?.split_once('-')?;
            Some((number.parse().ok()?, path))
        });
        let mut backups: Vec<(u32, PathBuf)> = numbered.collect();
        backups.sort();
        backups
    }

    fn prune_backups(&self) {
        let backups = self.backups();
        for (_, path) in backups.iter().take(backups.len().saturating_sub(BACKUPS)) {
            let _ = fs::remove_file(path);
        }
    }

    /// The text before our last change, if there is a backup of it.
    pub fn last_backup(&self) -> Option<Zeroizing<String>> {
        match read(&self.backups().pop()?.1) {
            FileState::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Brings the last backup back; `false` when there is none.
    ///
    /// # Errors
    /// When the file was changed since we wrote it, or cannot be written.
    pub fn undo(&self) -> Result<bool, CommandError> {
        let Some((_, backup)) = self.backups().pop() else { return Ok(false) };
        let written = self.text.as_deref().map(|text| fingerprint(text));
        let name = backup.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !written.is_some_and(|written| name.ends_with(&written)) {
            return Err(CommandError::problems(
                format!(
                    "{} was changed since ecrpass wrote it; the backup is {}.",
                    self.path.display(),
                    backup.display()
                ),
                format!("diff {} {}", word(&self.path), word(&backup)),
            ));
        }
        let could_not = |error: io::Error| {
            CommandError::could_not_run(
                format!("{} cannot be brought back: {error}.", backup.display()),
                format!("copy it by hand over {}", self.path.display()),
            )
        };
        // The backup has the mode and owner of the file it was made of.
        fs::rename(&backup, &self.real).map_err(could_not)?;
        sync_directory(self.directory());
        Ok(true)
    }
}

/// A path as a word of a command.
fn word(path: &Path) -> String {
    quoted(&path.display().to_string()).into_owned()
}

/// Makes a directory for its owner alone, as docker does.
fn create_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The file a path leads to, through links; also through a link to a file that is not there yet.
fn real_path(path: &Path) -> PathBuf {
    let mut real = path.to_owned();
    for _ in 0..40 {
        if let Ok(found) = fs::canonicalize(&real) {
            return found;
        }
        match fs::read_link(&real) {
            Ok(target) => real = real.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => break,
        }
    }
    real
}

fn fingerprint(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hex(hash.get(..6).unwrap_or_default())
}

/// Writes a whole file to the disk beside the one it is to replace, with that one's mode and owner; it is gone again
/// unless it gets there.
fn temporary(beside: &Path, bytes: &[u8], like: Option<&fs::Metadata>) -> io::Result<NamedTempFile> {
    let name = beside.file_name().unwrap_or_default().to_string_lossy();
    let directory = beside.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Its owner's alone until it has the mode of the other.
    let mut file =
        tempfile::Builder::new().prefix(&format!(".{name}.")).suffix(".tmp").tempfile_in(directory)?;
    file.write_all(bytes)?;
    if let Some(like) = like {
        take_after(file.as_file(), like)?;
    }
    file.as_file().sync_all()?;
    Ok(file)
}

/// Puts a temporary file in its place, in one step.
fn rename(file: NamedTempFile, target: &Path) -> io::Result<()> {
    file.persist(target).map(drop).map_err(|error| error.error)
}

/// Gives a file the mode and owner of another.
#[cfg(unix)]
fn take_after(file: &File, like: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let ours = file.metadata()?;
    if (ours.uid(), ours.gid()) != (like.uid(), like.gid()) {
        std::os::unix::fs::fchown(file, Some(like.uid()), Some(like.gid())).map_err(|_| {
            io::Error::new(
                ErrorKind::PermissionDenied,
                format!("it belongs to user {}, and would become ours", like.uid()),
            )
        })?;
    }
    if ours.mode() != like.mode() {
        file.set_permissions(like.permissions())?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn take_after(file: &File, like: &fs::Metadata) -> io::Result<()> {
    file.set_permissions(like.permissions())
}

/// The rename is on the disk once its directory is; where that cannot be had, the system sees to it later.
fn sync_directory(directory: &Path) {
    if let Ok(directory) = File::open(directory) {
        let _ = directory.sync_all();
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)] // a test's way of failing
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn links_stay_links_and_modes_stay() {
        let directory = tempfile::tempdir().unwrap();
        let (real, link) = (directory.path().join("real.json"), directory.path().join("config.json"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("real.json", &link).unwrap();
        Original::read(&link).unwrap().replace("new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(Original::read(&link).unwrap().last_backup().unwrap().as_str(), "old");
        Original::read(&link).unwrap().undo().unwrap();
        assert_eq!(fs::read_to_string(&link).unwrap(), "old");
        assert_eq!(names(directory.path()), ["config.json", "real.json"]);
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.json");
        fs::write(&path, "old").unwrap();
        let original = Original::read(&path).unwrap();
        fs::write(&path, "somebody else's").unwrap();
        let error = original.replace("new").unwrap_err();
        assert!(error.to_string().contains("changed by somebody else"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "somebody else's");
        assert_eq!(names(directory.path()), ["config.json"]);
        drop(original);
        // And what was changed after us is not undone.
        Original::read(&path).unwrap().replace("new").unwrap();
        fs::write(&path, "newer").unwrap();
        let error = Original::read(&path).unwrap().undo().unwrap_err();
        assert!(error.to_string().contains("was changed since"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "newer");
    }

    #[test]
    fn new_files_are_private_and_backups_few() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new/config.json");
        for text in 0..9 {
            Original::read(&path).unwrap().replace(&text.to_string()).unwrap();
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(names(path.parent().unwrap()).len(), BACKUPS + 1);
        let dangling = directory.path().join("dangling");
        symlink("elsewhere.json", &dangling).unwrap();
        Original::read(&dangling).unwrap().replace("x").unwrap();
        assert_eq!(fs::read_to_string(directory.path().join("elsewhere.json")).unwrap(), "x");
    }
}
