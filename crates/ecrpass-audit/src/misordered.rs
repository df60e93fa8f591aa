//! A login that is missing or for another registry, with its places in a file.

use ecrpass_core::registry::Registry;
use ecrpass_diagnosis::finding::Severity;

use crate::hit::{Hit, Spot};
use crate::logins::ProblemKind;

/// A problem with its places.
#[derive(Debug)]
pub struct Misordered {
    /// Which.
    pub kind: ProblemKind,
    /// The registry that is used.
    pub registry: Option<Registry>,
    /// The host, as it is written.
    pub host: String,
    /// The places, the one to change first.
    pub spots: Vec<Spot>,
}

impl Misordered {
    /// As a hit.
    pub fn hit(&self, title: String) -> Hit {
        Hit::new(Severity::Error, title, self.spots.clone()).about(self.registry.clone())
    }
}
