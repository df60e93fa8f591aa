//! What ECR would refuse of a lifecycle policy, with its place.

use std::fmt;

use ecrpass_json::Position;

/// Something ECR would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub at: Position,
    /// What is wrong, and what would be right.
    pub what: String,
    /// The line, marked.
    pub excerpt: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.what)
    }
}
