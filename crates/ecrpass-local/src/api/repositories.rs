//! The ECR API's repositories, and the policy of each.

use serde_json::{Value, json};

use super::ecr::{Call, NAME_RULE, invalid_parameter, storage_error};
use super::error::ApiError;
use super::repository_settings::{filters, tags_in};
use crate::image_store::ImageStore;
use crate::resource_policy;
use crate::storage::repositories::{RegistryId, Repository, is_repository_name};
use crate::storage::settings::RepositorySettings;

impl Call<'_> {
    pub(super) fn describe_repositories(&self) -> Result<Value, ApiError> {
        let registry = self.registry()?;
        let store = &self.state.repositories;
        let wanted: Option<Vec<&str>> = self.input["repositoryNames"]
            .as_array()
            .filter(|names| !names.is_empty())
            .map(|names| names.iter().filter_map(Value::as_str).collect());
        let found = match wanted {
            Some(names) => {
                let mut found = Vec::new();
                for name in names {
                    let repository = store.repository(&registry, name).map_err(storage_error)?;
                    self.allow(&registry, name, repository.as_ref())?;
                    found.push(repository.ok_or_else(|| {
                        ApiError::bad_request("RepositoryNotFoundException", registry.missing(name))
                    })?);
                }
                found
            }
            None => {
                // No repository's policy speaks for all of them.
                self.allow(&registry, "*", Some(&Repository::new("*", 0, false)))?;
                store.list(&registry).map_err(storage_error)?
            }
        };
        let all = found.iter().map(|repository| self.describe(&registry, repository)).collect();
        Ok(self.page("repositories", all))
    }

    pub(super) fn create_repository(&self) -> Result<Value, ApiError> {
        let registry = self.registry()?;
        let name = self.input["repositoryName"].as_str().unwrap_or_default();
        if !is_repository_name(name) {
            return Err(invalid_parameter(
                "repositoryName",
                &format!("must satisfy regular expression '{NAME_RULE}'"),
            ));
        }
        let (immutable, exclusions) = self.mutability()?;
        let mut repository = Repository::new(name, self.state.clock.now(), immutable);
        repository.settings = RepositorySettings {
            exclusions,
            encryption: self.encryption(&self.input["encryptionConfiguration"])?,
            scan_on_push: self.is_on("/imageScanningConfiguration/scanOnPush"),
            lifecycle: None,
            tags: tags_in(&self.input["tags"])?,
        };
        self.allow(&registry, name, Some(&repository))?;
        if !self.state.repositories.create(&registry, &repository).map_err(storage_error)? {
            return Err(ApiError::bad_request(
                "RepositoryAlreadyExistsException",
                format!(
                    "The repository with name '{name}' already exists in the registry with id '{}'",
                    registry.id()
                ),
            ));
        }
        Ok(json!({ "repository": self.describe(&registry, &repository) }))
    }

    pub(super) fn get_repository_policy(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.repository()?;
        match &repository.policy {
            Some(policy) => Ok(described(&registry, &repository, policy)),
            None => Err(no_policy(&registry, &repository)),
        }
    }

    pub(super) fn set_repository_policy(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.repository()?;
        let policy = self.text("policyText").to_owned();
        if !resource_policy::is_valid(&policy) {
            return Err(ApiError::bad_request(
                "InvalidParameterException",
                "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
            ));
        }
        self.edit(&registry, &repository, |repository| repository.policy = Some(policy.clone()))?;
        Ok(described(&registry, &repository, &policy))
    }

    pub(super) fn delete_repository_policy(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.repository()?;
        let policy = self.edit(&registry, &repository, |repository| repository.policy.take())?;
        let policy = policy.ok_or_else(|| no_policy(&registry, &repository))?;
        Ok(described(&registry, &repository, &policy))
    }

    /// Removes a repository; one with images only by force.
    pub(super) async fn delete_repository(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.repository()?;
        let images = ImageStore::new(self.state, &registry, &repository.name);
        if self.input["force"] != true && !images.all().await.map_err(storage_error)?.is_empty() {
            return Err(ApiError::bad_request(
                "RepositoryNotEmptyException",
                format!(
                    "The repository with name '{}' in registry with id '{}' cannot be deleted because it still contains images",
                    repository.name,
                    registry.id()
                ),
            ));
        }
        self.state.repositories.delete(&registry, &repository.name).map_err(storage_error)?;
        Ok(json!({ "repository": self.describe(&registry, &repository) }))
    }

    /// Changes a repository that was there a moment ago.
    pub(super) fn edit<T>(
        &self,
        registry: &RegistryId,
        repository: &Repository,
        change: impl FnOnce(&mut Repository) -> T,
    ) -> Result<T, ApiError> {
        let changed = self.state.repositories.edit(registry, &repository.name, change);
        changed.map_err(storage_error)?.ok_or_else(|| {
            ApiError::bad_request("RepositoryNotFoundException", registry.missing(&repository.name))
        })
    }

    pub(super) fn describe(&self, registry: &RegistryId, repository: &Repository) -> Value {
        let host = self.state.registry_host(registry.id(), &self.verified.region);
        let settings = &repository.settings;
        let mutability = match (repository.immutable, settings.exclusions.is_empty()) {
            (false, true) => "MUTABLE",
            (false, false) => "MUTABLE_WITH_EXCLUSION",
            (true, true) => "IMMUTABLE",
            (true, false) => "IMMUTABLE_WITH_EXCLUSION",
        };
        let encryption = settings.encryption.clone();
        let mut described = json!({
            "repositoryArn": self.state.repository_arn(registry, &repository.name),
            "registryId": registry.id(),
            "repositoryName": repository.name,
            "repositoryUri": format!("{host}/{}", repository.name),
            "createdAt": repository.created_at as f64,
            "imageTagMutability": mutability,
            "imageScanningConfiguration": {"scanOnPush": settings.scan_on_push},
            "encryptionConfiguration": encryption.unwrap_or_else(|| json!({"encryptionType": "AES256"})),
        });
        if let (Some(described), false) = (described.as_object_mut(), settings.exclusions.is_empty()) {
            let filters = filters(&settings.exclusions);
            described.insert("imageTagMutabilityExclusionFilters".to_owned(), filters);
        }
        described
    }
}

fn described(registry: &RegistryId, repository: &Repository, policy: &str) -> Value {
    json!({"registryId": registry.id(), "repositoryName": repository.name, "policyText": policy})
}

fn no_policy(registry: &RegistryId, repository: &Repository) -> ApiError {
    ApiError::bad_request(
        "RepositoryPolicyNotFoundException",
        format!(
            "Repository policy does not exist for the repository with name '{}' in the registry with id '{}'",
            repository.name,
            registry.id()
        ),
    )
}
