//! What came of looking through one configuration.

use ecrpass_clients::repair::{Change, Repair};
use ecrpass_diagnosis::engine::configuration;
use ecrpass_diagnosis::finding::Finding;
use ecrpass_json::InvalidDocument;

/// What came of a file.
pub enum FileOutcome {
    /// It is no configuration.
    Invalid(InvalidDocument),
    /// It is, and this was found in it.
    Repaired {
        /// The text as it was.
        old: String,
        /// What was made of it.
        repair: Repair,
    },
}

impl FileOutcome {
    /// Whether something is left to do.
    pub fn is_left(&self, dry_run: bool) -> bool {
        match self {
            Self::Invalid(_) => true,
            Self::Repaired { repair, .. } => {
                // What works as it is may be left.
                let must_go = |change: &Change| !change.optional;
                repair.left.iter().any(must_go) || dry_run && repair.changes.iter().any(must_go)
            }
        }
    }

    /// What was found in it, as findings.
    pub fn findings(&self, source: &str, applied: bool) -> Vec<Finding> {
        match self {
            Self::Invalid(error) => vec![configuration::invalid(error, source)],
            Self::Repaired { repair, .. } => configuration::findings(repair, source, applied),
        }
    }
}
