//! What stands in a secret's place: the readers of secrets leave it alone, so that redacting twice changes nothing more.

/// What stands in a secret's place.
pub const REDACTED: &str = "[redacted]";
