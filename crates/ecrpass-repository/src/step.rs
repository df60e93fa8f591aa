//! The steps of a plan: each is one call that changes something.

use std::collections::{BTreeMap, BTreeSet};

use crate::settings::{
    CacheRule, Destination, Encryption, Mutability, ReplicationRule, ScanFrequency, Template,
};
use crate::state::{Repository, State};

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The repository is created.
    Create {
        /// Whether tags can be moved.
        mutability: Option<Mutability>,
        /// How images are encrypted.
        encryption: Option<Encryption>,
        /// Its tags.
        tags: BTreeMap<String, String>,
    },
    /// Whether tags can be moved is changed.
    Mutability(Mutability),
    /// The lifecycle policy is set.
    Lifecycle(String),
    /// The repository policy is set.
    Policy(String),
    /// Tags are added or changed.
    Tags(BTreeMap<String, String>),
    /// The registry scans the repository.
    Scan(ScanFrequency),
    /// A pull-through cache is set up.
    CreateCache(CacheRule),
    /// The secret or the role of a pull-through cache is changed.
    UpdateCache(CacheRule),
    /// The registry copies the repository's images.
    Replicate(BTreeSet<Destination>),
    /// A creation template is made.
    CreateTemplate(Template),
    /// A creation template is changed.
    UpdateTemplate(Template),
}

impl Step {
    /// The API's operation, which is also the action a policy has to allow.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::Create { .. } => "CreateRepository",
            Self::Mutability(_) => "PutImageTagMutability",
            Self::Lifecycle(_) => "PutLifecyclePolicy",
            Self::Policy(_) => "SetRepositoryPolicy",
            Self::Tags(_) => "TagResource",
            Self::Scan(_) => "PutRegistryScanningConfiguration",
            Self::CreateCache(_) => "CreatePullThroughCacheRule",
            Self::UpdateCache(_) => "UpdatePullThroughCacheRule",
            Self::Replicate(_) => "PutReplicationConfiguration",
            Self::CreateTemplate(_) => "CreateRepositoryCreationTemplate",
            Self::UpdateTemplate(_) => "UpdateRepositoryCreationTemplate",
        }
    }

    /// Whether it changes what all repositories of the registry share, in one piece: somebody else's change can be lost.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Scan(_) | Self::Replicate(_))
    }

    /// What it does, in a few words.
    pub fn summary(&self) -> String {
        match self {
            Self::Create { .. } => "create the repository".to_owned(),
            Self::Mutability(mutability) => format!("make tags {mutability}"),
            Self::Lifecycle(_) => "set the lifecycle policy".to_owned(),
            Self::Policy(_) => "set the repository policy".to_owned(),
            Self::Tags(tags) => {
                let keys: Vec<&str> = tags.keys().map(String::as_str).collect();
                format!("set the tags {}", keys.join(", "))
            }
            Self::Scan(frequency) => format!("have the registry scan it {frequency}"),
            Self::CreateCache(rule) => format!("cache {} as {}/…", rule.upstream_url, rule.prefix),
            Self::UpdateCache(rule) => format!("change the login of the cache {}/…", rule.prefix),
            Self::Replicate(to) => {
                let to: Vec<String> = to.iter().map(ToString::to_string).collect();
                format!("have the registry copy its images to {}", to.join(", "))
            }
            Self::CreateTemplate(template) => format!("make a creation template for {}", template.prefix),
            Self::UpdateTemplate(template) => format!("change the creation template for {}", template.prefix),
        }
    }

    /// What is there once it is done.
    pub fn apply(&self, name: &str, state: &mut State) {
        let registry = &mut state.registry;
        match self {
            Self::Create { mutability, encryption, tags } => {
                state.repository.get_or_insert_with(|| Repository {
                    mutability: mutability.clone().unwrap_or_default(),
                    encryption: encryption.clone().unwrap_or_default(),
                    tags: tags.clone(),
                    ..Repository::default()
                });
            }
            Self::Mutability(mutability) => {
                if let Some(repository) = &mut state.repository {
                    repository.mutability = mutability.clone();
                }
            }
            Self::Lifecycle(text) => {
                if let Some(repository) = &mut state.repository {
                    repository.lifecycle = Some(text.clone());
                }
            }
            Self::Policy(text) => {
                if let Some(repository) = &mut state.repository {
                    repository.policy = Some(text.clone());
                }
            }
            Self::Tags(tags) => {
                if let Some(repository) = &mut state.repository {
                    repository.tags.extend(tags.clone());
                }
            }
            Self::Scan(frequency) => {
                registry.scanning = std::mem::take(&mut registry.scanning).with(*frequency, name);
            }
            Self::CreateCache(rule) => registry.caches.push(rule.clone()),
            Self::UpdateCache(rule) => {
                registry.caches.retain(|other| other.prefix != rule.prefix);
                registry.caches.push(rule.clone());
            }
            Self::Replicate(to) => replicate(name, to, &mut registry.replication),
            Self::CreateTemplate(template) => registry.templates.push(template.clone()),
            Self::UpdateTemplate(template) => {
                registry.templates.retain(|other| other.prefix != template.prefix);
                registry.templates.push(template.clone());
            }
        }
    }
}

/// Adds a repository to the rule for exactly these destinations, or makes one: a registry has ten rules at most.
fn replicate(name: &str, to: &BTreeSet<Destination>, rules: &mut Vec<ReplicationRule>) {
    match rules.iter_mut().find(|rule| rule.destinations == *to && !rule.prefixes.is_empty()) {
        Some(rule) => {
            rule.prefixes.insert(name.to_owned());
        }
        None => rules
            .push(ReplicationRule { destinations: to.clone(), prefixes: BTreeSet::from([name.to_owned()]) }),
    }
}
