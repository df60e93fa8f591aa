//! Replaces a configuration without ever leaving half a file: through symbolic links, with all its attributes, with a
//! backup, and without losing what another program writes at the same moment.

mod attributes;
mod backups;
mod exchange;
#[cfg(any(target_os = "linux", target_os = "macos"))]
mod extended;
mod former;
mod lock;
mod own;
mod temporary;
mod without_copy;

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ecrpass_clients::client::FileState;
use ecrpass_core::CommandLine;
use zeroize::Zeroizing;

pub use self::attributes::{Attributes, create_directory};
use self::exchange::{Meanwhile, Placed, keep_beside, place, take_away};
pub use self::former::{copies_of, forget, kept_and_ours};
use self::lock::{Lock, PATIENCE};
pub use self::own::write_own;
use self::temporary::{Temporary, leftovers};
use crate::error::CommandError;
use crate::system::machine::read;

/// How often a change is made anew when another program writes at the same moment.
const ATTEMPTS: u32 = 5;

/// How often an empty file is read until it is believed to be one, and how long it is waited in between.
const EMPTY_READS: u32 = 10;
const BETWEEN_READS: Duration = Duration::from_millis(100);

/// A file that is to be rewritten, as it was when it was read.
pub struct Original {
    /// The path the user knows.
    pub path: PathBuf,
    /// The file itself, behind all links.
    real: PathBuf,
    /// Its text; `None` when there is no such file.
    pub text: Option<Arc<Zeroizing<String>>>,
    /// What the user must know before it is changed.
    pub notes: Vec<String>,
    /// The lock on its directory, while it is being changed.
    lock: Option<Lock>,
}

/// Whether the new text is in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// It is.
    Done,
    /// Another program wrote meanwhile, and what it wrote is in the file.
    Changed,
}

/// Changes a file as `decide` says, anew when another program has written meanwhile; where it says `None` nothing is locked.
///
/// # Errors
/// When it cannot be read or written, or another program holds its directory's lock.
pub fn update<T>(
    path: &Path,
    mut decide: impl FnMut(&Original) -> Result<(T, Option<Zeroizing<String>>), CommandError>,
) -> Result<T, CommandError> {
    let mut seen = Original::look(path)?;
    let (mut value, mut text) = decide(&seen)?;
    if text.is_none() {
        return Ok(value);
    }
    for _ in 0..ATTEMPTS {
        let mut original = Original::read(path)?;
        // What is read again under the lock is nearly always the same, and deciding on a large file takes its time.
        if original.is_like(&seen) {
            original.text = seen.text.take();
        } else {
            (value, text) = decide(&original)?;
        }
        let Some(new) = &text else { return Ok(value) };
        if original.replace(new)? == Replaced::Done {
            return Ok(value);
        }
        // The next attempt takes it anew.
        original.lock = None;
        seen = original;
    }
    Err(changed_meanwhile(path))
}

fn changed_meanwhile(path: &Path) -> CommandError {
    CommandError::problems(
        format!("{} was changed by another program each time; its text is in place.", path.display()),
        "when that program is done, run this again",
    )
}

impl Original {
    /// Reads a file that is not going to be changed.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn look(path: &Path) -> Result<Self, CommandError> {
        let real = real_path(path);
        let text = match settled(&real) {
            FileState::Text(text) => Some(text),
            FileState::Missing => None,
            FileState::Unreadable(why) => {
                let next = format!("check what it is and who may read it: {}", line("ls -ld", &[path]));
                return Err(CommandError::unreadable(path, &why, next));
            }
        };
        let mut notes = Vec::new();
        if let Ok(Some(attributes)) = Attributes::of(&real)
            && attributes.names() > 1
        {
            notes.push(format!(
                "{} has {} names (hard links): a change is made under this name only, the others keep the old text",
                path.display(),
                attributes.names()
            ));
        }
        Ok(Self { path: path.to_owned(), real, text, notes, lock: None })
    }

    /// Whether the same would be decided on it.
    fn is_like(&self, other: &Self) -> bool {
        self.text == other.text && self.notes == other.notes
    }

    /// Reads a file that is going to be changed: under its directory's lock, after removing what killed runs left.
    ///
    /// # Errors
    /// When it is there and cannot be read, or another program holds the lock.
    pub fn read(path: &Path) -> Result<Self, CommandError> {
        Self::read_within(path, PATIENCE)
    }

    fn read_within(path: &Path, patience: Duration) -> Result<Self, CommandError> {
        let real = real_path(path);
        let directory = directory_of(&real);
        let lock = lock::held(directory, patience)?;
        let mut this = Self::look(path)?;
        this.tidy(matches!(lock, Lock::Held(_)));
        this.lock = Some(lock);
        Ok(this)
    }

    /// Removes what killed runs left of their files; what another program wrote is kept.
    fn tidy(&mut self, is_locked: bool) {
        let copies = backups::copies(&self.real);
        for file in leftovers(&self.real, is_locked) {
            let known = |text: &str| {
                let is_copy =
                    |path: &PathBuf| matches!(read(path), FileState::Text(copy) if copy.as_str() == text);
                self.text.as_ref().is_some_and(|now| now.as_str() == text) || copies.iter().any(is_copy)
            };
            if !file.remove(known)
                && let Ok(kept) = keep_beside(&file.path, &self.real)
            {
                self.notes.push(format!(
                    "an earlier run was killed while another program wrote {}: what that wrote is kept in {}",
                    self.path.display(),
                    kept.display()
                ));
            }
        }
    }

    /// Puts a new text in the file's place, and keeps the old one as a backup.
    ///
    /// # Errors
    /// When it cannot be written; the old file is then still there.
    pub fn replace(&self, text: &str) -> Result<Replaced, CommandError> {
        self.replace_while(text, &mut |_| {})
    }

    fn replace_while(&self, text: &str, meanwhile: Meanwhile<'_>) -> Result<Replaced, CommandError> {
        let attributes = self.attributes()?;
        let new = self.prepared(text, &attributes, false)?;
        let old = self.text.as_ref().map(|text| text.as_str());
        let backup = backups::back_up(&self.real, old, text, &attributes)
            .map_err(|error| self.could_not("cannot be backed up, so it was left as it is", error))?;
        let replaced = self.put(new, text, meanwhile);
        match &replaced {
            Ok(Replaced::Done) => backups::prune(&self.real),
            _ => drop(fs::remove_file(backup)),
        }
        replaced
    }

    /// The attributes a new text gets; the directory is made where there is none.
    fn attributes(&self) -> Result<Attributes, CommandError> {
        let of_old = Attributes::of(&self.real);
        match of_old.map_err(|error| self.could_not("cannot be looked at", error))? {
            Some(attributes) => Ok(attributes),
            None => {
                create_directory(self.directory())
                    .map_err(|error| self.could_not("has no directory to be in", error))?;
                Ok(Attributes::new_in(self.directory()))
            }
        }
    }

    fn prepared(
        &self,
        text: impl AsRef<[u8]>,
        attributes: &Attributes,
        private: bool,
    ) -> Result<Temporary, CommandError> {
        Temporary::write(&self.real, text, attributes, private)
            .map_err(|error| self.could_not("cannot be written", error))
    }

    fn put(&self, new: Temporary, text: &str, meanwhile: Meanwhile<'_>) -> Result<Replaced, CommandError> {
        let old = self.text.as_ref().map(|text| text.as_bytes());
        self.put_bytes(new, text.as_bytes(), old, meanwhile)
    }

    fn put_bytes(
        &self,
        new: Temporary,
        text: &[u8],
        old: Option<&[u8]>,
        meanwhile: Meanwhile<'_>,
    ) -> Result<Replaced, CommandError> {
        let placed = place(new, text, &self.real, old, meanwhile);
        match placed.map_err(|error| self.could_not("cannot be replaced", error))? {
            Placed::Done => {
                sync_directory(self.directory());
                Ok(Replaced::Done)
            }
            Placed::Changed { kept: None } => Ok(Replaced::Changed),
            Placed::Changed { kept: Some(kept) } => Err(CommandError::problems(
                format!(
                    "another program wrote {} several times meanwhile; what it wrote before is kept in {}.",
                    self.path.display(),
                    kept.display()
                ),
                format!("compare them, then run this again: {}", line("diff", &[&self.path, &kept])),
            )),
        }
    }

    fn could_not(&self, what: &str, error: io::Error) -> CommandError {
        let next = match error.kind() {
            ErrorKind::StorageFull => "free disk space, then try again".to_owned(),
            ErrorKind::ReadOnlyFilesystem | ErrorKind::ResourceBusy => {
                "the file is mounted from elsewhere: fix it there".to_owned()
            }
            ErrorKind::PermissionDenied => {
                format!("check who owns it: {}", line("ls -ld", &[self.directory()]))
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
        directory_of(&self.real)
    }

    /// The text before our last change, if there is a backup of it.
    pub fn last_backup(&self) -> Option<Arc<Zeroizing<String>>> {
        match read(&backups::backups(&self.real).pop()?.1) {
            FileState::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Brings the last backup back, and keeps a copy of what that replaces; `false` when there is none.
    ///
    /// # Errors
    /// When the file was changed since we wrote it, or cannot be written.
    pub fn undo(&self) -> Result<bool, CommandError> {
        self.undo_while(&mut |_| {})
    }

    fn undo_while(&self, meanwhile: Meanwhile<'_>) -> Result<bool, CommandError> {
        let Some((_, backup)) = backups::backups(&self.real).pop() else { return Ok(false) };
        let text = match read(&backup) {
            FileState::Text(text) => text,
            FileState::Missing => return Ok(false),
            FileState::Unreadable(why) => {
                let next = format!("check who owns it: {}", line("ls -l", &[&backup]));
                return Err(CommandError::unreadable(&backup, &why, next));
            }
        };
        let now = self.text.as_ref().map(|text| text.as_str());
        if now == Some(text.as_str()) {
            // It is in place already: a run was killed before it could remove it.
            self.end_undoing(&backup, &text);
            return Ok(true);
        }
        // Where the file is gone, nothing is lost.
        if now.is_some_and(|now| !backups::is_of(&backup, now)) {
            return Err(self.changed_since(&backup));
        }
        let could_not = |error: io::Error| {
            CommandError::could_not_run(
                format!("{} cannot be brought back: {error}.", backup.display()),
                format!("copy it by hand over {}", self.path.display()),
            )
        };
        let attributes = self.attributes()?;
        if let Some(now) = now {
            backups::keep_undone(&self.real, now, &attributes).map_err(could_not)?;
        }
        // What was open to others and has a token in it does not become so again.
        let private = backups::may_hold_secrets(&text);
        let new = Temporary::write(&self.real, text.as_bytes(), &attributes, private).map_err(could_not)?;
        match self.put(new, &text, meanwhile)? {
            Replaced::Done => {
                self.end_undoing(&backup, &text);
                Ok(true)
            }
            Replaced::Changed => Err(self.changed_since(&backup)),
        }
    }

    /// The backup has been brought back; a file that we made goes away.
    fn end_undoing(&self, backup: &Path, text: &str) {
        if backups::is_of_none(backup) {
            take_away(&self.real, text);
        }
        let _ = fs::remove_file(backup);
        sync_directory(self.directory());
    }

    fn changed_since(&self, backup: &Path) -> CommandError {
        CommandError::problems(
            format!(
                "{} was changed since ecrpass wrote it; the backup is {}.",
                self.path.display(),
                backup.display()
            ),
            line("diff", &[&self.path, backup]),
        )
    }
}

/// A file's state, once it is not empty: some programs rewrite a file in place, and empty it first. One that stays so
/// is taken for what it is after a while.
fn settled(path: &Path) -> FileState {
    for _ in 0..EMPTY_READS {
        match read(path) {
            FileState::Text(text) if text.is_empty() => std::thread::sleep(BETWEEN_READS),
            state => return state,
        }
    }
    read(path)
}

/// A command about files.
fn line(command: &'static str, paths: &[&Path]) -> String {
    paths
        .iter()
        .fold(CommandLine::shell(command), |line, path| line.path(path.display().to_string()))
        .to_string()
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The file a path leads to, through links; also through a link to a file that is not there yet.
fn real_path(path: &Path) -> PathBuf {
    let mut real = path.to_owned();
    for _ in 0..40 {
        if let Ok(found) = ecrpass_system::real_path(&real) {
            return found;
        }
        match fs::read_link(&real) {
            Ok(target) => real = real.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => break,
        }
    }
    real
}

/// The rename is on the disk once its directory is; where that cannot be had, the system sees to it later.
fn sync_directory(directory: &Path) {
    if let Ok(directory) = File::open(directory) {
        let _ = directory.sync_all();
    }
}

#[cfg(all(test, unix))]
mod tests;
