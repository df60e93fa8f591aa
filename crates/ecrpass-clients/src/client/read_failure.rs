//! Why a file that is there cannot be read: the kind of reason for programs, the words for people.

use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::Arc;

use zeroize::Zeroizing;

/// What stands between a client and a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// This user may not read it, or not enter a directory on the way.
    PermissionDenied,
    /// Something on the way is no directory.
    NotADirectory,
    /// Links lead in a circle.
    LinkLoop,
    /// It is larger than any configuration.
    TooLarge,
    /// It is not UTF-8.
    NotText,
    /// It is no file: a pipe, a device, a socket.
    NotAFile,
    /// Anything else: a pipe without a writer, a disk at fault.
    Other,
}

impl Obstacle {
    /// Whether it is the system that refuses, whatever the file holds.
    pub fn is_refusal(self) -> bool {
        matches!(self, Self::PermissionDenied | Self::NotADirectory | Self::LinkLoop)
    }

    fn of(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::PermissionDenied => Self::PermissionDenied,
            ErrorKind::NotADirectory => Self::NotADirectory,
            ErrorKind::FileTooLarge => Self::TooLarge,
            ErrorKind::InvalidData => Self::NotText,
            ErrorKind::InvalidInput | ErrorKind::IsADirectory => Self::NotAFile,
            _ if error.raw_os_error() == Some(LINK_LOOP) => Self::LinkLoop,
            _ => Self::Other,
        }
    }
}

/// The system's number for links in a circle; the standard library has no stable name for it. Source: the `errno.h` of
/// Linux and of macOS, `ERROR_CANT_RESOLVE_FILENAME` of Windows.
const LINK_LOOP: i32 = if cfg!(windows) {
    1921
} else if cfg!(any(target_os = "linux", target_os = "android")) {
    40
} else {
    62
};

/// Why a file that is there cannot be read.
#[derive(Clone, PartialEq, Eq)]
pub struct ReadFailure {
    /// The kind of reason.
    pub obstacle: Obstacle,
    words: String,
    /// The file's text as Go's clients read it.
    as_go_reads: Option<Arc<Zeroizing<String>>>,
}

impl ReadFailure {
    /// A file that is no UTF-8: Go's clients read U+FFFD in place of each byte that is none. Source: Go
    /// `encoding/json/decode.go#unquoteBytes`.
    pub(super) fn of_bytes(error: &io::Error, bytes: &[u8]) -> Self {
        // All of it at once: growing would leave pieces of a secret behind.
        let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 3));
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
        }
        Self { as_go_reads: Some(Arc::new(text)), ..Self::from(error) }
    }

    /// The text, where it is a file that Go's clients read and others do not.
    pub fn as_go_reads(&self) -> Option<&Arc<Zeroizing<String>>> {
        self.as_go_reads.as_ref()
    }
}

impl From<&io::Error> for ReadFailure {
    fn from(error: &io::Error) -> Self {
        Self { obstacle: Obstacle::of(error), words: error.to_string(), as_go_reads: None }
    }
}

/// Without the text, which may hold secrets.
impl fmt::Debug for ReadFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReadFailure({:?}: {})", self.obstacle, self.words)
    }
}

/// The system's own words.
impl fmt::Display for ReadFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_reads_every_bad_byte_as_one_replacement() {
        let error = ErrorKind::InvalidData.into();
        let failure = ReadFailure::of_bytes(&error, b"J\xfcrgen \xe2\x82 \xc3\xa9");
        assert_eq!(failure.as_go_reads().unwrap().as_str(), "J\u{fffd}rgen \u{fffd}\u{fffd} é");
        assert!(!format!("{failure:?}").contains("rgen"));
    }

    #[test]
    fn reasons_are_told_apart_by_their_kind() {
        for (error, obstacle, refuses) in [
            (ErrorKind::PermissionDenied.into(), Obstacle::PermissionDenied, true),
            (ErrorKind::NotADirectory.into(), Obstacle::NotADirectory, true),
            (io::Error::from_raw_os_error(LINK_LOOP), Obstacle::LinkLoop, true),
            (ErrorKind::FileTooLarge.into(), Obstacle::TooLarge, false),
            (ErrorKind::InvalidData.into(), Obstacle::NotText, false),
            // What the words are decides nothing.
            (io::Error::other("permission denied"), Obstacle::Other, false),
        ] {
            let failure = ReadFailure::from(&error);
            assert_eq!((failure.obstacle, obstacle.is_refusal()), (obstacle, refuses), "{error}");
            assert_eq!(failure.to_string(), error.to_string());
        }
    }
}
