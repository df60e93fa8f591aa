//! The edits of an audit or a conversion in one file: shown as a diff, and made unless they are only to be shown. What
//! is in the way of one file is no reason to leave others.

use std::path::Path;
use std::time::{Duration, Instant};

use ecrpass_system::bounded;

use super::encoding::{NotEncoded, encoded};
use crate::error::CommandError;
use crate::system::atomic_file::{Original, Replaced};

/// The largest file that is changed, in bytes: larger ones are not looked at.
const MAX_FILE: usize = 16 * 1024 * 1024;

/// How long a pipe may take that came into the place of a file.
const PATIENCE: Duration = Duration::from_secs(1);

/// A change of a file that is possible.
pub struct Change<'a> {
    path: &'a Path,
    old: Vec<u8>,
    new: Vec<u8>,
}

/// Why a file was left as it is: what happened, and what to do next.
#[derive(Debug)]
pub struct Left {
    /// What happened, as the end of a sentence that begins with the file's name: "was changed in the meantime".
    pub what: String,
    /// What to do next.
    pub next: String,
}

impl Left {
    fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into() }
    }

    /// The lines that say so of a file.
    pub fn lines(&self, name: &str) -> [String; 2] {
        [format!("note: {name} was left as it is: {}", self.what), format!("  Next: {}", self.next)]
    }
}

/// A change of a file from the text that was looked at to a new one.
///
/// # Errors
/// When the file has another text by now, or what would change in it is not in its encoding.
pub fn change<'a>(path: &'a Path, old: &str, new: &str) -> Result<Change<'a>, Left> {
    let read = bounded::read_until(path, MAX_FILE, Instant::now() + PATIENCE);
    let bytes = read.map_err(|error| {
        Left::new(format!("it cannot be read: {error}."), "check who may read it, then run this again")
    })?;
    match encoded(&bytes, old, new) {
        Ok(new) => Ok(Change { path, old: bytes, new }),
        Err(NotEncoded::Changed) => Err(changed()),
        Err(NotEncoded::NotUtf8) => Err(Left::new(
            "what would change in it stands where it is not UTF-8.",
            "write it in UTF-8, then run this again",
        )),
    }
}

fn changed() -> Left {
    Left::new("it was changed in the meantime.", "run this again")
}

impl Change<'_> {
    /// Makes it.
    ///
    /// # Errors
    /// When the file was changed in the meantime, or cannot be written.
    pub fn make(&self) -> Result<(), Left> {
        match Original::replace_bytes(self.path, &self.old, &self.new) {
            Ok(Replaced::Done) => Ok(()),
            Ok(Replaced::Changed) => Err(changed()),
            Err(CommandError::CouldNotRun { what, next, .. } | CommandError::Problems { what, next }) => {
                Err(Left::new(what, next))
            }
            Err(other) => Err(Left::new(format!("{other}."), "run this again")),
        }
    }
}
