//! The ECR API's settings of one repository: mutability, scans, the lifecycle policy and tags.

use std::collections::BTreeMap;

use ecrpass_core::Arn;
use ecrpass_repository::lifecycle;
use serde_json::{Value, json};

use super::ecr::{Call, invalid_parameter};
use super::error::ApiError;
use crate::storage::repositories::{RegistryId, Repository};

impl Call<'_> {
    pub(super) fn put_image_tag_mutability(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.repository()?;
        let (immutable, exclusions) = self.mutability()?;
        let changed = self.edit(&registry, &repository, |repository| {
            repository.immutable = immutable;
            repository.settings.exclusions = exclusions;
            repository.clone()
        })?;
        let described = self.describe(&registry, &changed);
        let keys =
            ["registryId", "repositoryName", "imageTagMutability", "imageTagMutabilityExclusionFilters"];
        Ok(keys.iter().filter_map(|&key| Some((key.to_owned(), described.get(key)?.clone()))).collect())
    }

    /// Whether tags are immutable, and for which it is the other way round.
    pub(super) fn mutability(&self) -> Result<(bool, Vec<String>), ApiError> {
        let filters = self.input["imageTagMutabilityExclusionFilters"].as_array();
        let filters = filters.into_iter().flatten().filter_map(|filter| filter["filter"].as_str());
        let filters: Vec<String> = filters.map(str::to_owned).collect();
        match (self.text("imageTagMutability"), filters.is_empty()) {
            ("" | "MUTABLE", true) => Ok((false, filters)),
            ("IMMUTABLE", true) => Ok((true, filters)),
            ("MUTABLE_WITH_EXCLUSION", false) => Ok((false, filters)),
            ("IMMUTABLE_WITH_EXCLUSION", false) => Ok((true, filters)),
            _ => Err(invalid_parameter(
                "imageTagMutability",
                "Exclusion filters go with the values that end in WITH_EXCLUSION",
            )),
        }
    }

    /// An encryption configuration with the key as AWS shows it.
    pub(super) fn encryption(&self, given: &Value) -> Result<Option<Value>, ApiError> {
        let Some(kind) = given["encryptionType"].as_str() else { return Ok(None) };
        let arn = |rest: String| {
            let (region, account) = (&self.verified.region, &self.verified.caller.principal.account);
            format!("arn:{}:kms:{region}:{account}:{rest}", self.state.partition_id())
        };
        match (kind, given["kmsKey"].as_str()) {
            ("AES256", None) => Ok(Some(json!({"encryptionType": kind}))),
            ("KMS" | "KMS_DSSE", key) => {
                let key = match key {
                    Some(key) if key.starts_with("arn:") => key.to_owned(),
                    Some(key) => arn(format!("key/{key}")),
                    None => arn("key/00000000-0000-0000-0000-00000000aec2".to_owned()),
                };
                Ok(Some(json!({"encryptionType": kind, "kmsKey": key})))
            }
            _ => Err(invalid_parameter("encryptionConfiguration", "a KMS key goes with KMS and KMS_DSSE")),
        }
    }

    pub(super) fn put_image_scanning_configuration(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.repository()?;
        let on = self.is_on("/imageScanningConfiguration/scanOnPush");
        self.edit(&registry, &repository, |repository| repository.settings.scan_on_push = on)?;
        Ok(json!({
            "registryId": registry.id(),
            "repositoryName": repository.name,
            "imageScanningConfiguration": {"scanOnPush": on},
        }))
    }

    pub(super) fn get_lifecycle_policy(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.repository()?;
        match &repository.settings.lifecycle {
            Some(text) => Ok(described(&registry, &repository, text)),
            None => Err(no_lifecycle(&registry, &repository)),
        }
    }

    pub(super) fn put_lifecycle_policy(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.repository()?;
        let text = self.text("lifecyclePolicyText").to_owned();
        if let Err(problems) = lifecycle::read(&text) {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            return Err(invalid_parameter(
                "LifecyclePolicyText",
                &format!("Lifecycle policy validation failure: {first}"),
            ));
        }
        self.edit(&registry, &repository, |repository| repository.settings.lifecycle = Some(text.clone()))?;
        Ok(described(&registry, &repository, &text))
    }

    pub(super) fn delete_lifecycle_policy(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.repository()?;
        let text = self.edit(&registry, &repository, |repository| repository.settings.lifecycle.take())?;
        let text = text.ok_or_else(|| no_lifecycle(&registry, &repository))?;
        Ok(described(&registry, &repository, &text))
    }

    pub(super) fn list_tags_for_resource(&self) -> Result<Value, ApiError> {
        let (_, repository) = self.resource()?;
        Ok(json!({ "tags": tag_list(&repository.settings.tags) }))
    }

    pub(super) fn tag_resource(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.resource()?;
        let tags = tags_in(&self.input["tags"])?;
        self.edit(&registry, &repository, |repository| repository.settings.tags.extend(tags))?;
        Ok(json!({}))
    }

    pub(super) fn untag_resource(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.resource()?;
        let keys = self.texts("tagKeys");
        self.edit(&registry, &repository, |repository| {
            repository.settings.tags.retain(|key, _| !keys.contains(&key.as_str()));
        })?;
        Ok(json!({}))
    }

    /// The repository of an ARN, once everything allows the operation on it.
    fn resource(&self) -> Result<(RegistryId, Repository), ApiError> {
        let arn = self.text("resourceArn");
        let parts = Arn::parse(arn).and_then(|arn| Some((arn.account()?, arn.region, arn.repository()?)));
        let (account, region, name) = parts.ok_or_else(|| invalid_parameter("resourceArn", "Invalid ARN"))?;
        let registry = RegistryId::Private { account: account.to_owned(), region: region.to_owned() };
        self.repository_named(registry, name)
    }
}

/// Exclusion filters as the API writes them.
pub(super) fn filters(exclusions: &[String]) -> Value {
    exclusions.iter().map(|filter| json!({"filterType": "WILDCARD", "filter": filter})).collect()
}

/// The tags of an input.
pub(super) fn tags_in(input: &Value) -> Result<BTreeMap<String, String>, ApiError> {
    let tags = input.as_array().into_iter().flatten().map(|tag| {
        let (key, value) = (tag["Key"].as_str()?, tag["Value"].as_str().unwrap_or_default());
        (!key.is_empty()).then(|| (key.to_owned(), value.to_owned()))
    });
    let tags: Option<BTreeMap<String, String>> = tags.collect();
    tags.ok_or_else(|| ApiError::bad_request("InvalidTagParameterException", "Tag keys must not be empty"))
}

/// Tags as the API writes them.
pub(super) fn tag_list(tags: &BTreeMap<String, String>) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

fn described(registry: &RegistryId, repository: &Repository, text: &str) -> Value {
    json!({"registryId": registry.id(), "repositoryName": repository.name, "lifecyclePolicyText": text})
}

fn no_lifecycle(registry: &RegistryId, repository: &Repository) -> ApiError {
    ApiError::bad_request(
        "LifecyclePolicyNotFoundException",
        format!(
            "Lifecycle policy does not exist for the repository with name '{}' in the registry with id '{}'",
            repository.name,
            registry.id()
        ),
    )
}
