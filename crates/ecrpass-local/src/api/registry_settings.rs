//! The ECR API's settings of a registry: its policy, scans, replication, pull-through caches and creation templates.

use ecrpass_iam::Layer;
use serde_json::{Map, Value, json};

use super::ecr::{Call, allow, invalid_parameter, storage_error};
use super::error::ApiError;
use crate::operations::REGISTRY_SETTINGS;
use crate::resource_policy;
use crate::storage::repositories::RegistryId;
use crate::storage::settings::RegistrySettings;

impl Call<'_> {
    /// An operation on the registry of the caller.
    pub(super) fn of_registry(&self, operation: &str) -> Result<Value, ApiError> {
        if !REGISTRY_SETTINGS.contains(&operation) {
            return Err(ApiError::bad_request(
                "UnknownOperationException",
                format!("The local ECR does not have the operation {operation}."),
            ));
        }
        allow(&self.verified.caller.principal, &self.action, "*")?;
        let registry = self.registry()?;
        let store = &self.state.repositories;
        if operation.starts_with("Get") || operation.starts_with("Describe") {
            let settings = store.registry_settings(&registry).map_err(storage_error)?;
            return self.shown(operation, &registry, &settings);
        }
        store
            .edit_registry(&registry, |settings| self.changed(operation, &registry, settings))
            .map_err(storage_error)?
    }

    fn shown(
        &self,
        operation: &str,
        registry: &RegistryId,
        settings: &RegistrySettings,
    ) -> Result<Value, ApiError> {
        let id = registry.id();
        match operation {
            "DescribeRegistry" => Ok(
                json!({"registryId": id, "replicationConfiguration": {"rules": settings.replication_rules}}),
            ),
            "GetRegistryScanningConfiguration" => {
                Ok(json!({"registryId": id, "scanningConfiguration": scanning(settings)}))
            }
            "GetRegistryPolicy" => {
                let text = settings.policy.as_ref().ok_or_else(|| no_policy(registry))?;
                Ok(json!({"registryId": id, "policyText": text}))
            }
            "DescribePullThroughCacheRules" => {
                let all = self.named(&settings.caches, "ecrRepositoryPrefixes", || no_cache(registry))?;
                Ok(self.page("pullThroughCacheRules", all))
            }
            "DescribeRepositoryCreationTemplates" => {
                let all = self.named(&settings.templates, "prefixes", || no_template(registry))?;
                let mut page = self.page("repositoryCreationTemplates", all);
                merge(&mut page, json!({"registryId": id}));
                Ok(page)
            }
            // Registries have V2 from the start now.
            _ => Ok(json!({"name": self.text("name"), "value": match self.text("name") {
                "REGISTRY_POLICY_SCOPE" => "V2",
                "BASIC_SCAN_TYPE_VERSION" => "AWS_NATIVE",
                _ => "DISABLED",
            }})),
        }
    }

    fn changed(
        &self,
        operation: &str,
        registry: &RegistryId,
        settings: &mut RegistrySettings,
    ) -> Result<Value, ApiError> {
        match operation {
            "PutReplicationConfiguration" => {
                let rules = self.input.pointer("/replicationConfiguration/rules").and_then(Value::as_array);
                let rules = rules.ok_or_else(|| invalid_parameter("replicationConfiguration", "rules"))?;
                if rules.len() > 10 {
                    return Err(invalid_parameter(
                        "rules",
                        "Member must have length less than or equal to 10",
                    ));
                }
                settings.replication_rules.clone_from(rules);
                Ok(json!({"replicationConfiguration": {"rules": rules}}))
            }
            "PutRegistryScanningConfiguration" => {
                settings.enhanced = self.text("scanType") == "ENHANCED";
                settings.scan_rules = self.input["rules"].as_array().cloned().unwrap_or_default();
                let continuous =
                    settings.scan_rules.iter().any(|rule| rule["scanFrequency"] == "CONTINUOUS_SCAN");
                if continuous && !settings.enhanced {
                    return Err(invalid_parameter("rules", "CONTINUOUS_SCAN needs the scan type ENHANCED"));
                }
                Ok(json!({"registryScanningConfiguration": scanning(settings)}))
            }
            "PutRegistryPolicy" => {
                let text = self.text("policyText");
                if !resource_policy::is_valid_for(Layer::Registry, text) {
                    return Err(invalid_parameter("PolicyText", "Invalid registry policy provided"));
                }
                settings.policy = Some(text.to_owned());
                Ok(json!({"registryId": registry.id(), "policyText": text}))
            }
            "DeleteRegistryPolicy" => {
                let text = settings.policy.take().ok_or_else(|| no_policy(registry))?;
                Ok(json!({"registryId": registry.id(), "policyText": text}))
            }
            "CreatePullThroughCacheRule" => {
                let keys = [
                    "ecrRepositoryPrefix",
                    "upstreamRegistryUrl",
                    "upstreamRegistry",
                    "credentialArn",
                    "customRoleArn",
                    "upstreamRepositoryPrefix",
                ];
                let prefix = self.text("ecrRepositoryPrefix").to_owned();
                if settings.caches.contains_key(&prefix) {
                    return Err(ApiError::bad_request(
                        "PullThroughCacheRuleAlreadyExistsException",
                        format!(
                            "The pull through cache rule with the prefix '{prefix}' already exists in the registry with id '{}'",
                            registry.id()
                        ),
                    ));
                }
                let rule = self.copied(&keys, registry);
                settings.caches.insert(prefix, rule.clone());
                Ok(rule)
            }
            "UpdatePullThroughCacheRule" => {
                let prefix = self.text("ecrRepositoryPrefix");
                let rule = settings.caches.get_mut(prefix).ok_or_else(|| no_cache(registry))?;
                merge(rule, self.copied(&["credentialArn", "customRoleArn"], registry));
                Ok(rule.clone())
            }
            "DeletePullThroughCacheRule" => {
                settings.caches.remove(self.text("ecrRepositoryPrefix")).ok_or_else(|| no_cache(registry))
            }
            "DeleteRepositoryCreationTemplate" => {
                let removed = settings.templates.remove(self.text("prefix"));
                let template = removed.ok_or_else(|| no_template(registry))?;
                Ok(json!({"registryId": registry.id(), "repositoryCreationTemplate": template}))
            }
            _ => self.template(operation == "CreateRepositoryCreationTemplate", registry, settings),
        }
    }

    fn template(
        &self,
        is_new: bool,
        registry: &RegistryId,
        settings: &mut RegistrySettings,
    ) -> Result<Value, ApiError> {
        let prefix = self.text("prefix");
        let keys = [
            "prefix",
            "description",
            "encryptionConfiguration",
            "resourceTags",
            "imageTagMutability",
            "imageTagMutabilityExclusionFilters",
            "repositoryPolicy",
            "lifecyclePolicy",
            "appliedFor",
            "customRoleArn",
        ];
        match settings.templates.get_mut(prefix) {
            Some(_) if is_new => {
                return Err(ApiError::bad_request(
                    "TemplateAlreadyExistsException",
                    format!(
                        "The repository creation template with the prefix '{prefix}' already exists in the registry with id '{}'",
                        registry.id()
                    ),
                ));
            }
            Some(template) => merge(template, self.copied(&keys, registry)),
            None if is_new => {
                settings.templates.insert(prefix.to_owned(), self.copied(&keys, registry));
            }
            None => return Err(no_template(registry)),
        }
        let template = settings.templates.get(prefix).cloned();
        Ok(json!({"registryId": registry.id(), "repositoryCreationTemplate": template}))
    }

    /// These parts of the input, as the API gives them back.
    fn copied(&self, keys: &[&str], registry: &RegistryId) -> Value {
        let given = keys.iter().filter_map(|&key| Some((key.to_owned(), self.input.get(key)?.clone())));
        let mut copied: Map<String, Value> = given.collect();
        copied.insert("registryId".to_owned(), json!(registry.id()));
        copied.insert("updatedAt".to_owned(), json!(self.state.clock.now() as f64));
        copied.into()
    }

    /// Those that are asked for by name, or all.
    fn named(
        &self,
        all: &std::collections::BTreeMap<String, Value>,
        names: &str,
        missing: impl Fn() -> ApiError,
    ) -> Result<Vec<Value>, ApiError> {
        match self.texts(names) {
            wanted if wanted.is_empty() => Ok(all.values().cloned().collect()),
            wanted => wanted.iter().map(|&name| all.get(name).cloned().ok_or_else(&missing)).collect(),
        }
    }
}

fn scanning(settings: &RegistrySettings) -> Value {
    let kind = if settings.enhanced { "ENHANCED" } else { "BASIC" };
    json!({"scanType": kind, "rules": settings.scan_rules})
}

fn merge(into: &mut Value, from: Value) {
    if let (Some(into), Value::Object(from)) = (into.as_object_mut(), from) {
        into.extend(from);
    }
}

fn no_policy(registry: &RegistryId) -> ApiError {
    ApiError::bad_request(
        "RegistryPolicyNotFoundException",
        format!("Registry policy does not exist in the registry with id '{}'", registry.id()),
    )
}

fn no_cache(registry: &RegistryId) -> ApiError {
    ApiError::bad_request(
        "PullThroughCacheRuleNotFoundException",
        format!(
            "A pull through cache rule with the given prefix does not exist in the registry with id '{}'",
            registry.id()
        ),
    )
}

fn no_template(registry: &RegistryId) -> ApiError {
    ApiError::bad_request(
        "TemplateNotFoundException",
        format!(
            "A repository creation template with the given prefix does not exist in the registry with id '{}'",
            registry.id()
        ),
    )
}
