//! Why no policy is written.

use std::fmt;

/// Why no policy is written, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What cannot be right, or is missing.
    pub what: String,
    /// What to do about it.
    pub next: String,
}

impl Refusal {
    /// A refusal.
    pub fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Next: {}", self.what, self.next)
    }
}

impl std::error::Error for Refusal {}
