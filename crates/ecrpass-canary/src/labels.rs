//! What every series of a target is labelled with: never more than where it is and what it is called.

use serde::Serialize;

/// The labels of a target. No role, digest, address or message is among them: what may take any number of values would
/// make any number of series.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Labels {
    /// The registry's host.
    pub registry: String,
    /// Its region.
    pub region: String,
    /// Repository and tag; empty for a registry alone.
    pub target: String,
}

impl Labels {
    /// As names and values.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        vec![
            ("registry", self.registry.clone()),
            ("region", self.region.clone()),
            ("target", self.target.clone()),
        ]
    }
}
