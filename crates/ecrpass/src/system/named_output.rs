//! Files that a command line or a setting names to be written: all of them are written here.
//!
//! `-` is standard output. A pipe, a terminal, a device or a socket is written to, and never replaced; a link is followed.
//! A file is replaced in one step once its new text is complete, and keeps its mode and owner. A directory that is not
//! there is an error, as it is most often a slip of the pen.

mod place;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use ecrpass_core::CommandLine;
use tempfile::NamedTempFile;

pub use self::place::Access;
use self::place::{Place, check_directory, directory_of, is_standard_input, place};
use crate::error::CommandError;
use crate::render::ui::Ui;
use crate::system::atomic_file::Attributes;
use crate::system::stream;

/// How much is handed on at a time, in bytes.
const PIECE: usize = 64 * 1024;

/// A place that something can be written to.
#[derive(Debug)]
pub struct NamedOutput {
    /// As it was named.
    path: PathBuf,
    place: Place,
}

/// A text that is not complete yet: nothing of it is at its place.
#[derive(Debug)]
pub struct Draft {
    file: NamedTempFile,
    is_beside: bool,
}

impl Draft {
    /// What writes on at its end.
    ///
    /// # Errors
    /// When the system has no further descriptor.
    pub fn writer(&self) -> io::Result<File> {
        self.file.as_file().try_clone()
    }
}

impl NamedOutput {
    /// Looks at the place, before anything is done for what is to be there. Nothing is changed by that.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn prepare(path: &Path, access: Access) -> Result<Self, CommandError> {
        Self::open(path, access).map_err(|error| failed(path, error))
    }

    /// The same, with the system's own error.
    ///
    /// # Errors
    /// As [`NamedOutput::prepare`].
    pub fn open(path: &Path, access: Access) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), place: place(path, access)? })
    }

    /// Whether it is standard output: what is told besides belongs to standard error then.
    pub fn is_standard(&self) -> bool {
        matches!(self.place, Place::Standard)
    }

    /// The file that is replaced, behind all links; none where something is only written to.
    pub fn replaced(&self) -> Option<&Path> {
        match &self.place {
            Place::File { real, .. } => Some(real),
            Place::Standard | Place::Stream(_) => None,
        }
    }

    /// Refuses a file that is also read, or is in a directory that is: the result would take the place of its source, or
    /// be read with it the next time.
    ///
    /// # Errors
    /// When it is.
    pub fn refuse_inputs(&self, inputs: &[PathBuf]) -> Result<(), CommandError> {
        let Some(file) = self.replaced() else { return Ok(()) };
        let refused = |what: String, next: &str| {
            Err(CommandError::could_not_run(format!("{} {what}.", self.path.display()), next))
        };
        for input in inputs {
            if input == Path::new("-") {
                if is_standard_input(file) {
                    return refused("is also what is read".to_owned(), "name another file");
                }
                continue;
            }
            match input.canonicalize() {
                Ok(real) if real == file => {
                    return refused("is also what is read".to_owned(), "name another file");
                }
                Ok(real) if file.starts_with(&real) => {
                    return refused(
                        format!("is in {}, which is read", input.display()),
                        "name a file outside of that directory",
                    );
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes a text.
    ///
    /// # Errors
    /// When it cannot be written; a file is as it was before then.
    pub fn write(&self, text: &str, ui: &mut Ui) -> Result<(), CommandError> {
        // What is wrong with standard output is told by whoever ends with it.
        if self.is_standard() {
            return Ok(ui.exact(text)?);
        }
        self.put_text(text, ui).map_err(|error| self.failed(error))
    }

    /// The same, with the system's own error.
    ///
    /// # Errors
    /// As [`NamedOutput::write`].
    pub fn put_text(&self, text: &str, ui: &mut Ui) -> io::Result<()> {
        match &self.place {
            Place::Standard => ui.exact(text),
            Place::Stream(file) => stream::write(file, text.as_bytes()),
            Place::File { real, access } => match beside(real, *access) {
                Ok(mut file) => {
                    // Not through the temporary file itself, whose name is nobody's business: its errors have it.
                    file.as_file_mut().write_all(text.as_bytes())?;
                    settle(file, real, *access)
                }
                Err(error) if is_writable_alone(&error, real) => overwrite(real, &mut text.as_bytes()),
                Err(error) => Err(error),
            },
        }
    }

    /// Begins a text that is too large to be held.
    ///
    /// # Errors
    /// When it cannot be written anywhere.
    pub fn begin(&self) -> Result<Draft, CommandError> {
        let elsewhere = || NamedTempFile::new().map_err(of_system);
        let draft = match &self.place {
            Place::Standard | Place::Stream(_) => elsewhere().map(|file| Draft { file, is_beside: false }),
            Place::File { real, access } => match beside(real, *access) {
                Ok(file) => Ok(Draft { file, is_beside: true }),
                Err(error) if is_writable_alone(&error, real) => {
                    elsewhere().map(|file| Draft { file, is_beside: false })
                }
                Err(error) => Err(error),
            },
        };
        draft.map_err(|error| self.failed(error))
    }

    /// Puts a text to its place that is complete now.
    ///
    /// # Errors
    /// When it cannot be written; a file is as it was before then.
    pub fn put(&self, draft: Draft, ui: &mut Ui) -> Result<(), CommandError> {
        let Draft { mut file, is_beside } = draft;
        let written = match &self.place {
            Place::File { real, access } if is_beside => settle(file, real, *access),
            Place::File { real, .. } => {
                file.as_file_mut().rewind().and_then(|()| overwrite(real, file.as_file_mut()))
            }
            Place::Stream(to) => pieces(&mut file, &mut |piece| stream::write(to, piece)),
            Place::Standard => {
                return Ok(pieces(&mut file, &mut |piece| ui.exact(&String::from_utf8_lossy(piece)))?);
            }
        };
        written.map_err(|error| self.failed(error))
    }

    /// That it could not be written.
    pub fn failed(&self, error: io::Error) -> CommandError {
        failed(&self.path, error)
    }
}

/// Writes a file that is not there yet, for everybody whom the umask allows.
///
/// # Errors
/// When it cannot be written, or is there.
pub fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = beside(path, Access::Umask)?;
    file.as_file_mut().write_all(text.as_bytes())?;
    let _ = Attributes::new_in(directory_of(path)).give(file.as_file(), false);
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map(drop).map_err(|error| of_system(error.error))
}

/// Makes a directory that was named, in one that is there.
///
/// # Errors
/// When that is not there, or the directory cannot be made.
pub fn make_directory(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if path.symlink_metadata().is_ok() {
        return Err(ErrorKind::NotADirectory.into());
    }
    check_directory(directory_of(path))?;
    fs::create_dir(path)
}

/// An empty file beside another that takes its place later. Tools that read directories know by its name that it is none
/// of theirs.
fn beside(real: &Path, access: Access) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ecrpass-").suffix(".tmp");
    #[cfg(unix)]
    if access == Access::Umask && !real.exists() {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(directory_of(real)).map_err(of_system)
}

/// Whether it is only the directory that may not be written to.
fn is_writable_alone(error: &io::Error, real: &Path) -> bool {
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) && real.exists()
}

/// Puts a whole file to its place.
fn settle(mut file: NamedTempFile, real: &Path, access: Access) -> io::Result<()> {
    match Attributes::of(real)? {
        Some(attributes) => {
            if attributes.give(file.as_file(), false).is_err() {
                // It is somebody else's, and stays theirs.
                file.as_file_mut().rewind()?;
                return overwrite(real, file.as_file_mut());
            }
        }
        None => {
            // What root makes in a user's directory is the user's, where that can be.
            let _ = Attributes::new_in(directory_of(real)).give(file.as_file(), false);
            #[cfg(unix)]
            if access == Access::All {
                use std::os::unix::fs::PermissionsExt;
                file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
            }
            #[cfg(not(unix))]
            let _ = access;
        }
    }
    file.as_file().sync_all()?;
    match file.persist(real) {
        Ok(_) => Ok(()),
        // A file that is mounted cannot be replaced.
        Err(mut error) if error.error.kind() == ErrorKind::ResourceBusy => {
            error.file.as_file_mut().rewind()?;
            overwrite(real, error.file.as_file_mut())
        }
        Err(error) => Err(of_system(error.error)),
    }
}

/// Writes over a file that cannot be replaced: what was there goes only as the new text comes, which is complete.
fn overwrite(real: &Path, text: &mut impl Read) -> io::Result<()> {
    let mut file = File::options().write(true).open(real)?;
    let length = io::copy(text, &mut file)?;
    file.set_len(length)?;
    file.sync_all()
}

/// Hands a text on, whole lines together.
fn pieces(file: &mut NamedTempFile, hand: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    file.as_file_mut().rewind()?;
    let mut reader = BufReader::with_capacity(PIECE, file.as_file_mut());
    let mut piece = Vec::new();
    loop {
        let read = reader.read_until(b'\n', &mut piece)?;
        if read == 0 || piece.len() >= PIECE {
            if !piece.is_empty() {
                hand(&piece)?;
            }
            piece.clear();
        }
        if read == 0 {
            return Ok(());
        }
    }
}

/// The system's own error, without the name of a temporary file.
fn of_system(error: io::Error) -> io::Error {
    let source = error.get_ref().and_then(|inner| inner.source()).and_then(|source| source.downcast_ref());
    let code = source.and_then(io::Error::raw_os_error).or_else(|| error.raw_os_error());
    code.map_or(error, io::Error::from_raw_os_error)
}

fn failed(path: &Path, error: io::Error) -> CommandError {
    let what = format!("{} cannot be written", path.display());
    if error.kind() == ErrorKind::PermissionDenied {
        return CommandError::could_not_run(
            format!("{what}: {error}."),
            format!(
                "name another file, or see who owns it and its directory: {}",
                CommandLine::shell("ls -ld")
                    .path(path.display().to_string())
                    .path(directory_of(path).display().to_string())
            ),
        );
    }
    CommandError::io(&what, error, "name a file in a directory that can be written to")
}
