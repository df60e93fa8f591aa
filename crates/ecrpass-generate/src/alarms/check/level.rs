//! How bad a mistake is.

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It stays silent when a pull fails.
    Error,
    /// It stays silent in some cases, or cries without one.
    Warning,
    /// Something better is known.
    Note,
}
