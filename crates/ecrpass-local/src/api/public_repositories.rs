//! ECR Public's repositories, their policies and tags. Here, all belong to the built-in account, whose alias is `local`.

use ecrpass_core::Arn;
use serde_json::{Value, json};

use super::ecr::{NAME_RULE, allow, invalid_parameter, page, storage_error};
use super::error::ApiError;
use super::repository_settings::{tag_list, tags_in};
use crate::image_store::ImageStore;
use crate::principals::Principal;
use crate::resource_policy;
use crate::state::State;
use crate::storage::repositories::{RegistryId, Repository, is_repository_name};

/// The alias of the built-in account's registry.
const ALIAS: &str = "local";

/// Answers one call.
pub(super) async fn respond(
    state: &State,
    principal: &Principal,
    operation: &str,
    action: &str,
    body: &[u8],
) -> Result<Value, ApiError> {
    let parsed: Value = serde_json::from_slice(body).unwrap_or_default();
    let input = &parsed;
    let text = |key: &str| input[key].as_str().unwrap_or_default();
    let registry = RegistryId::Public;
    let arn = Arn::parse(text("resourceArn")).and_then(|arn| arn.repository());
    let name = arn.unwrap_or_else(|| text("repositoryName"));
    let resource = match name {
        "" => "*".to_owned(),
        name => state.repository_arn(&registry, name),
    };
    allow(principal, action, &resource)?;
    let find = |name: &str| {
        let found = state.repositories.repository(&registry, name).map_err(storage_error)?;
        found.ok_or_else(|| ApiError::bad_request("RepositoryNotFoundException", registry.missing(name)))
    };
    let edit = |change: &dyn Fn(&mut Repository)| {
        let changed = state.repositories.edit(&registry, name, change).map_err(storage_error)?;
        changed.ok_or_else(|| ApiError::bad_request("RepositoryNotFoundException", registry.missing(name)))
    };
    match operation {
        "DescribeRegistries" => Ok(json!({"registries": [{
            "registryId": state.settings.account,
            "registryArn": format!("arn:aws:ecr-public::{}:registry/{}", state.settings.account, state.settings.account),
            "registryUri": format!("public.ecr.aws/{ALIAS}"),
            "verified": false,
            "aliases": [{"name": ALIAS, "status": "ACTIVE", "primaryRegistryAlias": true, "defaultRegistryAlias": true}],
        }]})),
        "DescribeRepositories" => {
            let names = input["repositoryNames"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let names: Vec<&str> = names.collect();
            let found = match names.is_empty() {
                true => state.repositories.list(&registry).map_err(storage_error)?,
                false => names.into_iter().map(find).collect::<Result<_, _>>()?,
            };
            Ok(page(input, "repositories", found.iter().map(|one| described(state, one)).collect()))
        }
        "CreateRepository" => {
            if !is_repository_name(name) {
                let rule = format!("must satisfy regular expression '{NAME_RULE}'");
                return Err(invalid_parameter("repositoryName", &rule));
            }
            let mut repository = Repository::new(name, state.clock.now(), false);
            repository.settings.tags = tags_in(&input["tags"])?;
            if !state.repositories.create(&registry, &repository).map_err(storage_error)? {
                let words = format!("The repository with name '{name}' already exists in the registry");
                return Err(ApiError::bad_request("RepositoryAlreadyExistsException", words));
            }
            Ok(json!({"repository": described(state, &repository)}))
        }
        "DescribeImages" => {
            find(name)?;
            let all = ImageStore::new(state, &registry, name).all().await.map_err(storage_error)?;
            let details = all.iter().map(|(found, tags)| {
                json!({
                    "registryId": state.settings.account,
                    "repositoryName": name,
                    "imageDigest": found.digest,
                    "imageTags": tags,
                    "imageSizeInBytes": found.manifest.body.len(),
                    "imageManifestMediaType": found.manifest.media_type,
                })
            });
            Ok(page(input, "imageDetails", details.collect()))
        }
        "GetRepositoryPolicy" => match find(name)?.policy {
            Some(policy) => Ok(json!({"repositoryName": name, "policyText": policy})),
            None => Err(ApiError::bad_request(
                "RepositoryPolicyNotFoundException",
                format!("Repository policy does not exist for the repository with name '{name}'"),
            )),
        },
        "SetRepositoryPolicy" => {
            let policy = text("policyText");
            if !resource_policy::is_valid(policy) {
                return Err(invalid_parameter("PolicyText", "Invalid repository policy provided"));
            }
            edit(&|repository| repository.policy = Some(policy.to_owned()))?;
            Ok(json!({"repositoryName": name, "policyText": policy}))
        }
        "ListTagsForResource" => Ok(json!({"tags": tag_list(&find(name)?.settings.tags)})),
        _ => {
            let tags = tags_in(&input["tags"])?;
            edit(&|repository| repository.settings.tags.extend(tags.clone()))?;
            Ok(json!({}))
        }
    }
}

fn described(state: &State, repository: &Repository) -> Value {
    json!({
        "repositoryArn": state.repository_arn(&RegistryId::Public, &repository.name),
        "registryId": state.settings.account,
        "repositoryName": repository.name,
        "repositoryUri": format!("public.ecr.aws/{ALIAS}/{}", repository.name),
        "createdAt": repository.created_at as f64,
    })
}
