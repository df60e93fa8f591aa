//! What a name that is to be written to leads to: standard output, something that is open or can be written to, a file.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::system::stream;

/// How many links are followed.
const MOST_LINKS: usize = 40;

/// Who may read a file that was not there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whom the umask allows it.
    Umask,
    /// Everybody: another program is to read it, under another user.
    All,
    /// Its owner alone.
    Owner,
}

/// What a name leads to.
#[derive(Debug)]
pub(super) enum Place {
    /// Standard output.
    Standard,
    /// Something that is open already, and is not replaced.
    Stream(File),
    /// A file, behind all links.
    File { real: PathBuf, access: Access },
}

/// Looks at what is there.
///
/// # Errors
/// When nothing can be written there.
pub(super) fn place(path: &Path, access: Access) -> io::Result<Place> {
    if path == Path::new("-") {
        return Ok(Place::Standard);
    }
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => Err(ErrorKind::IsADirectory.into()),
        Ok(metadata) if is_standard_output(&metadata) => Ok(Place::Standard),
        // Who opened it goes on with what it is: it is not replaced.
        Ok(metadata) if metadata.is_file() && is_descriptor(path) => {
            Ok(Place::Stream(File::options().append(true).open(path)?))
        }
        Ok(metadata) if metadata.is_file() => Ok(Place::File { real: path.canonicalize()?, access }),
        Ok(metadata) if stream::is_stream(&metadata) => Ok(Place::Stream(stream::open(path)?)),
        Ok(metadata) => stream::connect(path, &metadata).map(Place::Stream),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if path.symlink_metadata().is_ok() {
                return Err(io::Error::other("it is a link to nowhere"));
            }
            let directory = directory_of(path);
            check_directory(directory)?;
            let name = path.file_name().ok_or(ErrorKind::IsADirectory)?;
            Ok(Place::File { real: directory.canonicalize()?.join(name), access })
        }
        Err(error) => Err(error),
    }
}

/// Whether there is a directory.
///
/// # Errors
/// When there is none, or it cannot be looked at.
pub(super) fn check_directory(directory: &Path) -> io::Result<()> {
    match directory.metadata() {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(ErrorKind::NotADirectory.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(io::Error::new(ErrorKind::NotFound, format!("there is no directory {}", directory.display())))
        }
        Err(error) => Err(error),
    }
}

/// Whether a path leads through the list of what a process has open: `/dev/stdout`, `/dev/fd/3`, `/proc/self/fd/3`.
fn is_descriptor(path: &Path) -> bool {
    let mut at = path.to_owned();
    for _ in 0..MOST_LINKS {
        let (Ok(directory), Some(name)) = (directory_of(&at).canonicalize(), at.file_name()) else {
            return false;
        };
        if directory.starts_with("/proc") || directory.starts_with("/dev/fd") {
            return true;
        }
        match fs::read_link(directory.join(name)) {
            Ok(target) => at = directory.join(target),
            Err(_) => return false,
        }
    }
    false
}

#[cfg(unix)]
#[allow(clippy::disallowed_methods)] // it is compared, and nothing is written to it
fn is_standard_output(metadata: &Metadata) -> bool {
    is_open_as(rustix::stdio::stdout(), metadata)
}

#[cfg(not(unix))]
fn is_standard_output(_: &Metadata) -> bool {
    false
}

/// Whether it is what standard input reads.
#[cfg(unix)]
pub(super) fn is_standard_input(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| is_open_as(rustix::stdio::stdin(), &metadata))
}

/// Whether it is what standard input reads.
#[cfg(not(unix))]
pub(super) fn is_standard_input(_: &Path) -> bool {
    false
}

#[cfg(unix)]
fn is_open_as(descriptor: std::os::fd::BorrowedFd<'_>, metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let open = descriptor.try_clone_to_owned().map(File::from).and_then(|open| open.metadata());
    open.is_ok_and(|open| (open.dev(), open.ino()) == (metadata.dev(), metadata.ino()))
}

/// The directory of a file.
pub(super) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
