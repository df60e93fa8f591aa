//! What a repository and its registry are set to.

use std::collections::BTreeMap;

use ecrpass_repository::settings::{CacheRule, ReplicationRule, Scanning, Template};
use ecrpass_repository::state::{Registry, Repository, State};
use ecrpass_repository::wanted::Wanted;

use super::described::Described;
use super::{ApiFailure, FailureKind, RegistryApi, convert};

/// How many repositories one answer may hold. An answer is read up to 1 MiB.
const PAGE: i32 = 500;

/// What is not there is none.
pub(super) fn optional<T>(answer: Result<T, ApiFailure>) -> Result<Option<T>, ApiFailure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) if failure.kind == FailureKind::NotFound => Ok(None),
        Err(failure) => Err(failure),
    }
}

impl RegistryApi<'_> {
    /// All repositories, by name; `page` hears how many there are so far.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn repositories(&self, page: &mut dyn FnMut(usize)) -> Result<Vec<Described>, ApiFailure> {
        let call = self.ecr.describe_repositories().set_registry_id(self.account.clone());
        let mut pages = call.max_results(PAGE).into_paginator().send();
        let mut found: Vec<Described> = Vec::new();
        while let Some(next) = self.ask("DescribeRepositories", async { pages.next().await.transpose() })? {
            found.extend(next.repositories().iter().map(convert::described));
            page(found.len());
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    /// A repository; none where there is none.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn repository(&self, name: &str) -> Result<Option<Described>, ApiFailure> {
        if self.is_public() {
            return optional(self.public_repository(name));
        }
        let call = self.ecr.describe_repositories().set_registry_id(self.account.clone());
        let answer = self.ask("DescribeRepositories", call.repository_names(name).send());
        Ok(optional(answer)?.and_then(|answer| answer.repositories().first().map(convert::described)))
    }

    /// The text of its lifecycle policy.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn lifecycle_policy(&self, name: &str) -> Result<Option<String>, ApiFailure> {
        let call = self.ecr.get_lifecycle_policy().set_registry_id(self.account.clone());
        let answer = self.ask("GetLifecyclePolicy", call.repository_name(name).send());
        Ok(optional(answer)?.and_then(|answer| answer.lifecycle_policy_text))
    }

    /// The text of its policy.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn repository_policy(&self, name: &str) -> Result<Option<String>, ApiFailure> {
        if self.is_public() {
            return Ok(optional(self.public_policy(name))?.flatten());
        }
        let call = self.ecr.get_repository_policy().set_registry_id(self.account.clone());
        let answer = self.ask("GetRepositoryPolicy", call.repository_name(name).send());
        Ok(optional(answer)?.and_then(|answer| answer.policy_text))
    }

    /// The tags of what an ARN names.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn tags(&self, arn: &str) -> Result<BTreeMap<String, String>, ApiFailure> {
        if self.is_public() {
            return self.public_tags(arn);
        }
        let call = self.ecr.list_tags_for_resource().resource_arn(arn);
        let answer = self.ask("ListTagsForResource", call.send())?;
        Ok(convert::tags(answer.tags()))
    }

    /// How the registry scans.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn scanning(&self) -> Result<Scanning, ApiFailure> {
        let call = self.ecr.get_registry_scanning_configuration();
        let answer = self.ask("GetRegistryScanningConfiguration", call.send())?;
        Ok(answer.scanning_configuration().map(convert::scanning).unwrap_or_default())
    }

    /// What the registry copies, and where to.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn replication(&self) -> Result<Vec<ReplicationRule>, ApiFailure> {
        let answer = self.ask("DescribeRegistry", self.ecr.describe_registry().send())?;
        Ok(answer.replication_configuration().map(convert::replication).unwrap_or_default())
    }

    /// The registry's pull-through caches.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn caches(&self) -> Result<Vec<CacheRule>, ApiFailure> {
        let mut pages = self.ecr.describe_pull_through_cache_rules().into_paginator().send();
        let mut found = Vec::new();
        while let Some(next) =
            self.ask("DescribePullThroughCacheRules", async { pages.next().await.transpose() })?
        {
            found.extend(next.pull_through_cache_rules().iter().map(convert::cache));
        }
        Ok(found)
    }

    /// The registry's creation templates.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn templates(&self) -> Result<Vec<Template>, ApiFailure> {
        let mut pages = self.ecr.describe_repository_creation_templates().into_paginator().send();
        let mut found = Vec::new();
        while let Some(next) =
            self.ask("DescribeRepositoryCreationTemplates", async { pages.next().await.transpose() })?
        {
            found.extend(next.repository_creation_templates().iter().map(convert::template));
        }
        Ok(found)
    }

    /// The text of the registry's policy.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn registry_policy(&self) -> Result<Option<String>, ApiFailure> {
        let answer = self.ask("GetRegistryPolicy", self.ecr.get_registry_policy().send());
        Ok(optional(answer)?.and_then(|answer| answer.policy_text))
    }

    /// As much of a state as a wish is about.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn state(&self, wanted: &Wanted) -> Result<State, ApiFailure> {
        let repository = match self.repository(&wanted.name)? {
            None => None,
            Some(described) => Some(Repository {
                lifecycle: match wanted.lifecycle {
                    Some(_) => self.lifecycle_policy(&wanted.name)?,
                    None => None,
                },
                policy: match wanted.policy {
                    Some(_) => self.repository_policy(&wanted.name)?,
                    None => None,
                },
                tags: match wanted.tags.is_empty() {
                    false => self.tags(&described.arn)?,
                    true => BTreeMap::new(),
                },
                mutability: described.mutability,
                encryption: described.encryption,
                scan_on_push: described.scan_on_push,
            }),
        };
        let mut registry = Registry::default();
        if wanted.scan.is_some() {
            registry.scanning = self.scanning()?;
        }
        if !wanted.replicate_to.is_empty() {
            registry.replication = self.replication()?;
        }
        if wanted.cache.is_some() {
            registry.caches = self.caches()?;
        }
        if wanted.template.is_some() {
            registry.templates = self.templates()?;
        }
        Ok(State { repository, registry })
    }
}
