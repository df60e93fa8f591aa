//! What can be set of a repository and of a registry, as the API stores it.

use std::collections::BTreeMap;

use ecrpass_core::time::EpochSeconds;
use ecrpass_core::wildcard;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One repository's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Repository {
    pub(crate) name: String,
    pub(crate) created_at: EpochSeconds,
    /// Whether a tag may be moved.
    pub(crate) immutable: bool,
    /// The text of its own policy.
    #[serde(default)]
    pub(crate) policy: Option<String>,
    /// Whatever else can be set.
    #[serde(default)]
    pub(crate) settings: RepositorySettings,
}

impl Repository {
    /// A repository without a policy of its own.
    pub(crate) fn new(name: &str, created_at: EpochSeconds, immutable: bool) -> Self {
        let settings = RepositorySettings::default();
        Self { name: name.to_owned(), created_at, immutable, policy: None, settings }
    }

    /// Whether a tag, once set, stays where it is.
    pub(crate) fn is_immutable(&self, tag: &str) -> bool {
        self.immutable != self.settings.excludes(tag)
    }
}

/// The settings of a repository that decide nothing else here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RepositorySettings {
    /// The tags, with `*`, for which mutability is the other way round.
    pub(crate) exclusions: Vec<String>,
    /// `encryptionConfiguration`, as it was given.
    pub(crate) encryption: Option<Value>,
    pub(crate) scan_on_push: bool,
    /// The text of the lifecycle policy.
    pub(crate) lifecycle: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
}

impl RepositorySettings {
    pub(crate) fn excludes(&self, tag: &str) -> bool {
        self.exclusions.iter().any(|pattern| wildcard::matches(pattern, tag))
    }
}

/// The settings of a registry; the rules as the API takes and gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RegistrySettings {
    /// The text of its policy.
    pub(crate) policy: Option<String>,
    /// Whether it scans with Amazon Inspector.
    pub(crate) enhanced: bool,
    pub(crate) scan_rules: Vec<Value>,
    pub(crate) replication_rules: Vec<Value>,
    /// Pull-through cache rules, by their prefix.
    pub(crate) caches: BTreeMap<String, Value>,
    /// Creation templates, by their prefix.
    pub(crate) templates: BTreeMap<String, Value>,
}
