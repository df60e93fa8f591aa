//! A repository and its registry as they are, as far as it was asked.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::settings::{CacheRule, Destination, Encryption, Mutability, ReplicationRule, Scanning, Template};

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct State {
    /// The repository; none where there is none.
    pub repository: Option<Repository>,
    /// Its registry.
    pub registry: Registry,
}

/// A repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Repository {
    /// Whether tags can be moved.
    pub mutability: Mutability,
    /// How images are encrypted; that cannot be changed.
    pub encryption: Encryption,
    /// The repository's own, older setting for scans.
    pub scan_on_push: bool,
    /// The text of its lifecycle policy.
    pub lifecycle: Option<String>,
    /// The text of its policy.
    pub policy: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// What a registry has for all its repositories.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Registry {
    /// How it scans.
    pub scanning: Scanning,
    /// What it copies where.
    pub replication: Vec<ReplicationRule>,
    /// Its pull-through caches.
    pub caches: Vec<CacheRule>,
    /// Its creation templates.
    pub templates: Vec<Template>,
}

impl Registry {
    /// Whether a repository is copied there.
    pub fn replicates(&self, repository: &str, to: &Destination) -> bool {
        self.replication.iter().any(|rule| rule.is_for(repository) && rule.destinations.contains(to))
    }

    /// The pull-through cache a repository belongs to; `ROOT` only where no other does.
    pub fn cache_of(&self, repository: &str) -> Option<&CacheRule> {
        let rules = self.caches.iter().filter(|rule| rule.is_for(repository));
        rules.max_by_key(|rule| (rule.prefix != "ROOT", rule.prefix.len()))
    }

    /// The creation template for a repository: that with the longest prefix.
    pub fn template_of(&self, repository: &str) -> Option<&Template> {
        let templates = self.templates.iter().filter(|template| template.is_for(repository));
        templates.max_by_key(|template| (template.prefix != "ROOT", template.prefix.len()))
    }
}
