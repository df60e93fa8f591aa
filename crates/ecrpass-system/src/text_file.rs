//! Reads a file that should hold text, and may hold secrets.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::bounded::{self, ReadError};

/// The largest file read that a command line names, in bytes.
const MAX_NAMED: usize = 16 * 1024 * 1024;

/// The largest file read that is looked for: a client's configuration, which is kept in several forms at once.
const MAX_FILE: usize = 8 * 1024 * 1024;

/// How long a pipe may take that has just come into the place of a file.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a pipe may take that a command line names: its writer may ask AWS first.
const NAMED_PATIENCE: Duration = Duration::from_secs(20);

/// Reads a file; it may hold secrets.
///
/// # Errors
/// When it cannot be read, is no regular file, is too large, or no UTF-8.
pub fn read(path: &Path) -> io::Result<Zeroizing<String>> {
    text(bytes(path)?)
}

/// Reads a file that a command line names, and that is read once: it may be a pipe, as the shell's `<(…)` makes one.
///
/// # Errors
/// When it cannot be read, is a device, is too large, or no UTF-8.
pub fn read_named(path: &Path) -> io::Result<Zeroizing<String>> {
    text(named_bytes(path)?)
}

/// The same for a file that need not be text.
///
/// # Errors
/// When it cannot be read, is a device, or is too large.
pub fn named_bytes(path: &Path) -> io::Result<Vec<u8>> {
    bounded::read(path, MAX_NAMED, NAMED_PATIENCE).map_err(of)
}

/// The same for a file of which the caller knows how large it may be, in bytes.
///
/// # Errors
/// As [`read_named`].
pub fn read_named_at_most(path: &Path, most: usize) -> io::Result<Zeroizing<String>> {
    text(bounded::read(path, most, NAMED_PATIENCE).map_err(of)?)
}

fn text(bytes: Vec<u8>) -> io::Result<Zeroizing<String>> {
    String::from_utf8(bytes).map(Zeroizing::new).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let bytes = Zeroizing::new(error.into_bytes());
        let is_utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
        let why = if is_utf16 { "; PowerShell's `>` writes UTF-16, which no client reads" } else { "" };
        io::Error::new(ErrorKind::InvalidData, format!("it is not UTF-8 (byte {valid}){why}"))
    })
}

/// The same for a file that need not be text.
///
/// # Errors
/// When it cannot be read, is no regular file, or is too large.
pub fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    // Before it is opened: a pipe holds no text that is still there for the next reader.
    if !path.metadata()?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
    }
    bounded::read(path, MAX_FILE, PATIENCE).map_err(of)
}

fn of(error: ReadError) -> io::Error {
    match error {
        ReadError::Io(error) => error,
        ReadError::TooLarge(_) => io::Error::new(ErrorKind::FileTooLarge, error),
        ReadError::TooSlow => io::Error::new(ErrorKind::TimedOut, error),
        ReadError::NotAFile => io::Error::new(ErrorKind::InvalidInput, error),
        ReadError::Nothing => io::Error::other(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_says_why() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        assert_eq!(read(&path).unwrap_err().kind(), ErrorKind::NotFound);
        assert!(read(directory.path()).unwrap_err().to_string().contains("not a regular file"));
        std::fs::write(&path, b"\xff\xfea\0").unwrap();
        let error = read(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert!(error.to_string().contains("UTF-16"), "{error}");
        std::fs::write(&path, "text").unwrap();
        assert_eq!(read(&path).unwrap().as_str(), "text");
        assert_eq!(read_named(&path).unwrap().as_str(), "text");
        std::fs::File::create(&path).unwrap().set_len(MAX_FILE as u64 + 1).unwrap();
        let error = read(&path).unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::FileTooLarge, "it is larger than 8 MiB")
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_that_is_named_is_read_and_a_device_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let writer = std::thread::spawn({
            let path = path.clone();
            move || std::fs::write(path, "text").unwrap()
        });
        assert_eq!(read_named(&path).unwrap().as_str(), "text");
        writer.join().unwrap();
        assert_eq!(read(&path).unwrap_err().kind(), ErrorKind::InvalidInput);
        let device = read_named(Path::new("/dev/zero")).unwrap_err();
        assert_eq!(device.kind(), ErrorKind::InvalidInput);
    }
}
