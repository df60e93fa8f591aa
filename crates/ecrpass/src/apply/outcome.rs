//! What came of looking through one configuration.

use std::sync::Arc;

use ecrpass_clients::repair::{Change, Repair};
use ecrpass_diagnosis::engine::configuration;
use ecrpass_diagnosis::finding::Finding;
use ecrpass_json::InvalidDocument;
use zeroize::Zeroizing;

use super::pull_secrets::{RenewedSecret, RenewedSecrets};

/// What came of a file.
pub enum FileOutcome {
    /// It is no configuration.
    Invalid(InvalidDocument),
    /// It is, and this was found in it.
    Repaired {
        /// The text as it was.
        old: Arc<Zeroizing<String>>,
        /// What was made of it.
        repair: Repair,
    },
    /// It is made for kubelets, and holds these pull secrets.
    Secrets(RenewedSecrets),
}

impl FileOutcome {
    /// What was made of each configuration in it.
    pub fn repairs(&self) -> impl Iterator<Item = &Repair> {
        let (one, secrets) = match self {
            Self::Invalid(_) => (None, &[] as &[RenewedSecret]),
            Self::Repaired { repair, .. } => (Some(repair), &[] as &[RenewedSecret]),
            Self::Secrets(renewed) => (None, renewed.secrets.as_slice()),
        };
        one.into_iter().chain(secrets.iter().map(|secret| &secret.repair))
    }

    /// Whether something is left to do.
    pub fn is_left(&self, dry_run: bool) -> bool {
        // What works as it is may be left.
        let must_go = |change: &Change| !change.optional;
        let is_left = |repair: &Repair| {
            repair.left.iter().any(must_go) || dry_run && repair.changes.iter().any(must_go)
        };
        matches!(self, Self::Invalid(_)) || self.repairs().any(is_left)
    }

    /// What was found in it, as findings, one by one.
    pub fn findings<'a>(&'a self, source: &'a str, applied: bool) -> impl Iterator<Item = Finding> + 'a {
        let invalid = match self {
            Self::Invalid(error) => Some(configuration::invalid(error, source)),
            _ => None,
        };
        let found = self.repairs().flat_map(move |one| configuration::findings(one, source, applied));
        invalid.into_iter().chain(found)
    }

    /// The text that is to take the file's place, where it is another.
    pub fn new_text(&self) -> Option<&str> {
        match self {
            Self::Invalid(_) => None,
            Self::Repaired { old, repair } => {
                let new = repair.document.text();
                (!repair.changes.is_empty() && new != old.as_str()).then_some(new)
            }
            Self::Secrets(renewed) => renewed.is_changed().then_some(renewed.new.as_str()),
        }
    }
}
