//! A repository as somebody wants it: what is not said stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use crate::settings::{CacheRule, Destination, Encryption, Mutability, ScanFrequency, Template};

/// What is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The repository.
    pub name: String,
    /// Whether tags can be moved.
    pub mutability: Option<Mutability>,
    /// How images are encrypted.
    pub encryption: Option<Encryption>,
    /// When images are scanned.
    pub scan: Option<ScanFrequency>,
    /// The text of the lifecycle policy.
    pub lifecycle: Option<String>,
    /// The text of the repository policy.
    pub policy: Option<String>,
    /// Tags; others stay.
    pub tags: BTreeMap<String, String>,
    /// A pull-through cache.
    pub cache: Option<CacheRule>,
    /// Where images are copied to, too.
    pub replicate_to: BTreeSet<Destination>,
    /// A creation template.
    pub template: Option<Template>,
}
