//! A file as a client meets it: its text, why there is none, or that it is not there.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use ecrpass_core::environment::Environment;
use zeroize::Zeroizing;

use super::read_failure::ReadFailure;

/// A file, as a client meets it.
#[derive(Clone)]
pub enum FileState {
    /// There is none.
    Missing,
    /// It is there and cannot be read, for this reason.
    Unreadable(ReadFailure),
    /// Its text, which all that look at it share.
    Text(Arc<Zeroizing<String>>),
}

impl FileState {
    /// A file with this text.
    pub fn text(text: &str) -> Self {
        Self::Text(Arc::new(Zeroizing::new(text.to_owned())))
    }

    /// A file of an environment.
    pub fn read(environment: &dyn Environment, path: &Path) -> Self {
        match environment.file(path) {
            Ok(text) => Self::Text(Arc::new(text)),
            // A path through something that is no directory says nothing of what is behind it.
            Err(error) if error.kind() == ErrorKind::NotFound => Self::Missing,
            Err(error) if error.kind() == ErrorKind::InvalidData => match environment.bytes(path) {
                Ok(bytes) => Self::Unreadable(ReadFailure::of_bytes(&error, &bytes)),
                Err(_) => Self::Unreadable(ReadFailure::from(&error)),
            },
            Err(error) => Self::Unreadable(ReadFailure::from(&error)),
        }
    }
}
