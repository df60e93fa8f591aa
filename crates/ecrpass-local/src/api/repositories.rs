//! The ECR API's repositories, and the policy of each.

use serde_json::{Value, json};

use super::ecr::{Call, NAME_RULE, invalid_parameter, storage_error};
use super::error::ApiError;
use crate::resource_policy;
use crate::storage::repositories::{RegistryId, Repository, is_repository_name};

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
        let immutable = self.input["imageTagMutability"] == "IMMUTABLE";
        let repository = Repository::new(name, self.state.clock.now(), immutable);
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
        let (registry, mut repository) = self.repository()?;
        let policy = self.text("policyText").to_owned();
        if !resource_policy::is_valid(&policy) {
            return Err(ApiError::bad_request(
                "InvalidParameterException",
                "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
            ));
        }
        repository.policy = Some(policy.clone());
        self.state.repositories.update(&registry, &repository).map_err(storage_error)?;
        Ok(described(&registry, &repository, &policy))
    }

    pub(super) fn delete_repository_policy(&self) -> Result<Value, ApiError> {
        let (registry, mut repository) = self.repository()?;
        let policy = repository.policy.take().ok_or_else(|| no_policy(&registry, &repository))?;
        self.state.repositories.update(&registry, &repository).map_err(storage_error)?;
        Ok(described(&registry, &repository, &policy))
    }

    fn describe(&self, registry: &RegistryId, repository: &Repository) -> Value {
        let host = self.state.registry_host(registry.id(), &self.verified.region);
        json!({
            "repositoryArn": self.state.repository_arn(registry, &repository.name),
            "registryId": registry.id(),
            "repositoryName": repository.name,
            "repositoryUri": format!("{host}/{}", repository.name),
            "createdAt": repository.created_at as f64,
            "imageTagMutability": if repository.immutable { "IMMUTABLE" } else { "MUTABLE" },
            "imageScanningConfiguration": {"scanOnPush": false},
            "encryptionConfiguration": {"encryptionType": "AES256"},
        })
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
