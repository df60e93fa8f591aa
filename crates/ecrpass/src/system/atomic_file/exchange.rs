//! Puts a file in another's place so that nothing another program writes at that moment is lost: the two change places
//! in one step, and only then is it seen what was replaced. If that is not what was read, it goes back.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ecrpass_system::bounded::{self, ReadError};
use ecrpass_system::rename;
use zeroize::Zeroizing;

use super::temporary::{Temporary, fingerprint};

/// A moment on the way, at which tests have another program write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Everything is written; the last look has not been taken.
    Prepared,
    /// The last look was taken; the files have not changed places.
    Looked,
    /// They have changed places, and what was replaced has not been looked at. The number says how often.
    Exchanged(u32),
}

/// What happens at each moment; nothing outside tests.
pub type Meanwhile<'a> = &'a mut dyn FnMut(Moment);

/// How it ended.
#[derive(Debug)]
pub enum Placed {
    /// The new file is in place, and replaced what it was meant to.
    Done,
    /// Another program wrote meanwhile: its file is in place.
    Changed {
        /// Where an earlier one of its texts was kept, if it wrote several times.
        kept: Option<PathBuf>,
    },
}

/// The largest file that is read, in bytes, and how long a pipe may take.
const MAX_FILE: usize = 32 * 1024 * 1024;
const PATIENCE: Duration = Duration::ZERO;

/// How often texts are given back, until one is kept beside the file instead.
const ROUNDS: u32 = 8;

/// Puts a whole file in the place of the one that has this text; `None` for none.
///
/// # Errors
/// When the system refuses; the old file is then in place.
pub fn place(
    new: Temporary,
    text: &[u8],
    target: &Path,
    old: Option<&[u8]>,
    meanwhile: Meanwhile<'_>,
) -> io::Result<Placed> {
    meanwhile(Moment::Prepared);
    if !has_text(target, old)? {
        return Ok(Placed::Changed { kept: None });
    }
    meanwhile(Moment::Looked);
    let Some(old) = old else {
        return match rename_to_nothing(&new.path, target) {
            Ok(()) => {
                new.release();
                Ok(Placed::Done)
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Placed::Changed { kept: None }),
            Err(error) => Err(error),
        };
    };
    match exchange(&new.path, target) {
        Ok(()) => settle(new, text, target, old, meanwhile),
        // It was removed meanwhile.
        Err(error) if error.kind() == ErrorKind::NotFound && new.path.exists() => {
            Ok(Placed::Changed { kept: None })
        }
        Err(error) if is_unsupported(&error) => {
            if !has_text(target, Some(old))? {
                return Ok(Placed::Changed { kept: None });
            }
            new.replace(target)?;
            Ok(Placed::Done)
        }
        Err(error) => Err(error),
    }
}

/// The files have changed places: looks at what was replaced, and gives back what is not ours to replace.
fn settle(
    new: Temporary,
    text: &[u8],
    target: &Path,
    old: &[u8],
    meanwhile: Meanwhile<'_>,
) -> io::Result<Placed> {
    let mut expected = Zeroizing::new(old.to_vec());
    let mut placed = Zeroizing::new(text.to_vec());
    for round in 0..ROUNDS {
        meanwhile(Moment::Exchanged(round));
        let replaced = match bytes_of(&new.path) {
            Ok(replaced) => replaced,
            // Whatever it is, it is not thrown away.
            Err(_) => return keep(new, target),
        };
        if *replaced == *expected {
            let is_known = [old, text].contains(&replaced.as_slice());
            return match (round, is_known) {
                (0, _) => Ok(Placed::Done),
                (_, true) => Ok(Placed::Changed { kept: None }),
                (_, false) => keep(new, target),
            };
        }
        expected = placed;
        placed = replaced;
        if exchange(&new.path, target).is_err() {
            return keep(new, target);
        }
    }
    keep(new, target)
}

/// Keeps what another program wrote and is not in place any more.
fn keep(file: Temporary, target: &Path) -> io::Result<Placed> {
    let kept = keep_beside(&file.path, target);
    // Where it cannot be renamed, the next run finds it.
    file.release();
    Ok(Placed::Changed { kept: Some(kept?) })
}

/// Takes away a file that has this text; what another program wrote there meanwhile is given back.
pub fn take_away(target: &Path, text: &str) {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let aside = target.with_file_name(format!("{name}.kept-by-ecrpass-{}", fingerprint(text)));
    if rename(target, &aside).is_err() {
        return;
    }
    if has_text(&aside, Some(text.as_bytes())).unwrap_or(false) {
        let _ = fs::remove_file(&aside);
    } else if rename_to_nothing(&aside, target).is_err() {
        let _ = keep_beside(&aside, target);
    }
}

/// Gives a file a name that says that it was kept, beside the one it is a version of.
///
/// # Errors
/// When it cannot be renamed.
pub fn keep_beside(file: &Path, target: &Path) -> io::Result<PathBuf> {
    let text = bytes_of(file).unwrap_or_default();
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let shown = fingerprint(text.as_slice());
    let kept = target.with_file_name(format!("{name}.kept-by-ecrpass-{shown}"));
    rename(file, &kept)?;
    Ok(kept)
}

/// All of a file, or of what another program put in its place: within bounds, and without waiting for a pipe's writer.
fn bytes_of(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    match bounded::read(path, MAX_FILE, PATIENCE) {
        Ok(bytes) => Ok(Zeroizing::new(bytes)),
        // It has no text of its own.
        Err(ReadError::TooSlow | ReadError::Nothing) => Ok(Zeroizing::default()),
        Err(ReadError::Io(error)) => Err(error),
        Err(other) => Err(io::Error::other(other)),
    }
}

fn has_text(path: &Path, text: Option<&[u8]>) -> io::Result<bool> {
    match (bytes_of(path), text) {
        (Ok(now), Some(text)) => Ok(*now == text),
        (Err(error), text) if error.kind() == ErrorKind::NotFound => Ok(text.is_none()),
        (Ok(_), None) => Ok(false),
        (Err(error), _) => Err(error),
    }
}

/// Has two files change places, in one step.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Whether the file system, or the system, cannot have files change places.
fn is_unsupported(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput)
}

/// Renames a file to a name that nothing has.
fn rename_to_nothing(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE).map_err(io::Error::from) {
            Err(error) if is_unsupported(&error) => {}
            other => return other,
        }
    }
    fs::hard_link(from, to)?;
    let _ = fs::remove_file(from);
    Ok(())
}
