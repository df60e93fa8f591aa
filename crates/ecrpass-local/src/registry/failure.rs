//! Why an operation of the registry has no response: an error to word, or a connection to drop.

use super::error::V2Error;
use crate::http::{Abort, Response};

/// A handler's outcome of the registry: a response, an error of the registry, or a dropped connection.
pub(crate) type V2Result = Result<Response, V2Failure>;

/// Why there is no success.
pub(crate) enum V2Failure {
    Error(V2Error),
    Abort,
}

impl From<V2Error> for V2Failure {
    fn from(error: V2Error) -> Self {
        Self::Error(error)
    }
}

impl From<std::io::Error> for V2Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Error(V2Error::storage(&error))
    }
}

impl From<Abort> for V2Failure {
    fn from(Abort: Abort) -> Self {
        Self::Abort
    }
}
