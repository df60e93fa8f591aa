//! The ECR API's images: what there is, and `PutImage`.

use serde_json::{Value, json};

use super::ecr::{Call, storage_error};
use super::error::ApiError;
use crate::image_store::{Found, ImageStore, Missing};
use crate::random;
use crate::registry::manifests::{artifact_type, media_type};
use crate::storage::repositories::{Manifest, RegistryId, Repository, is_tag};

impl Call<'_> {
    pub(super) async fn describe_images(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.repository()?;
        let images = ImageStore::new(self.state, &registry, &repository.name);
        let all = images.all().await.map_err(storage_error)?;
        let describe =
            |(found, tags): &(Found, Vec<String>)| self.image_details(&registry, &repository, found, tags);
        let Some(ids) = self.input["imageIds"].as_array().filter(|ids| !ids.is_empty()) else {
            let wanted = all.iter().filter(|(_, tags)| self.wants(tags));
            return Ok(self.page("imageDetails", wanted.map(describe).collect()));
        };
        let mut details = Vec::new();
        for id in ids {
            let id = ImageId::of(id)?;
            match all.iter().find(|(found, tags)| id.is(&found.digest, tags)) {
                Some(image) => details.push(describe(image)),
                None => {
                    // Untagged ones in the registry behind are only found when asked for.
                    let found = images.find(id.reference()).await.map_err(storage_error)?;
                    let found = found.filter(|found| id.is(&found.digest, &[]));
                    let found = found.ok_or_else(|| id.missing(&registry, &repository))?;
                    details.push(describe(&(found, Vec::new())));
                }
            }
        }
        Ok(json!({ "imageDetails": details }))
    }

    pub(super) async fn list_images(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.repository()?;
        let all =
            ImageStore::new(self.state, &registry, &repository.name).all().await.map_err(storage_error)?;
        let mut ids = Vec::new();
        for (found, tags) in all.iter().filter(|(_, tags)| self.wants(tags)) {
            if tags.is_empty() {
                ids.push(json!({"imageDigest": found.digest}));
            }
            ids.extend(tags.iter().map(|tag| json!({"imageDigest": found.digest, "imageTag": tag})));
        }
        Ok(self.page("imageIds", ids))
    }

    pub(super) async fn batch_get_image(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.repository()?;
        let images = ImageStore::new(self.state, &registry, &repository.name);
        let (mut found, mut failures) = (Vec::new(), Vec::new());
        for wanted in self.input["imageIds"].as_array().into_iter().flatten() {
            let id = ImageId::of(wanted)?;
            let image = images.find(id.reference()).await.map_err(storage_error)?;
            match image {
                Some(image) => found.push(json!({
                    "registryId": registry.id(),
                    "repositoryName": repository.name,
                    "imageId": id.with(&image.digest),
                    "imageManifest": String::from_utf8_lossy(&image.manifest.body),
                    "imageManifestMediaType": image.manifest.media_type,
                })),
                None => failures.push(json!({
                    "imageId": wanted,
                    "failureCode": "ImageNotFound",
                    "failureReason": "Requested image not found",
                })),
            }
        }
        Ok(json!({"images": found, "failures": failures}))
    }

    pub(super) async fn put_image(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.repository()?;
        let images = ImageStore::new(self.state, &registry, &repository.name);
        let body = bytes::Bytes::from(self.text("imageManifest").to_owned());
        let digest = random::sha256_digest(&body);
        let json = serde_json::from_slice(&body).ok().filter(Value::is_object);
        let json = json.ok_or_else(|| invalid("ImageManifest", "Invalid JSON syntax"))?;
        let media_type = media_type(&json, self.text("imageManifestMediaType"))
            .map_err(|error| invalid("ImageManifest", error.message()))?;
        if self.input["imageDigest"].as_str().is_some_and(|wanted| wanted != digest) {
            return Err(ApiError::bad_request(
                "ImageDigestDoesNotMatchException",
                "The specified image digest does not match the digest that Amazon ECR calculated for the image.",
            ));
        }
        let tag = self.input["imageTag"].as_str();
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(invalid("imageTag", "must satisfy regular expression '[a-zA-Z0-9-_.]+'"));
        }
        match images.missing(&json).await.map_err(storage_error)? {
            None => {}
            Some(Missing::Blob(missing)) => {
                return Err(ApiError::bad_request(
                    "LayersNotFoundException",
                    format!(
                        "Layers with digests '[{missing}]' required for pushing image into repository with name '{}' in the registry with id '{}' do not exist",
                        repository.name,
                        registry.id()
                    ),
                ));
            }
            Some(Missing::Manifest(missing)) => {
                return Err(ApiError::bad_request(
                    "ReferencedImagesNotFoundException",
                    format!(
                        "ImageStore with digests '[{missing}]' required for pushing image into repository with name '{}' in the registry with id '{}' do not exist",
                        repository.name,
                        registry.id()
                    ),
                ));
            }
        }
        if let Some(tag) = tag
            && let Some(old) = images.find(tag).await.map_err(storage_error)?
        {
            if old.digest == digest {
                return Err(ApiError::bad_request(
                    "ImageAlreadyExistsException",
                    format!(
                        "Image with digest '{digest}' and tag '{tag}' already exists in the repository with name '{}' in registry with id '{}'",
                        repository.name,
                        registry.id()
                    ),
                ));
            }
            if repository.is_immutable(tag) {
                return Err(ApiError::bad_request(
                    "ImageTagAlreadyExistsException",
                    format!(
                        "The image tag '{tag}' already exists in the '{}' repository and cannot be overwritten because the repository is immutable.",
                        repository.name
                    ),
                ));
            }
        }
        let manifest = Manifest { media_type, body };
        images.put_manifest(tag, &manifest).await.map_err(storage_error)?;
        let id = match tag {
            Some(tag) => json!({ "imageDigest": digest, "imageTag": tag }),
            None => json!({ "imageDigest": digest }),
        };
        Ok(json!({"image": {
            "registryId": registry.id(),
            "repositoryName": repository.name,
            "imageId": id,
            "imageManifest": self.text("imageManifest"),
            "imageManifestMediaType": manifest.media_type,
        }}))
    }

    fn image_details(
        &self,
        registry: &RegistryId,
        repository: &Repository,
        found: &Found,
        tags: &[String],
    ) -> Value {
        let store = &self.state.repositories;
        // Nobody remembers the hour of a push to the registry behind.
        let pushed_at = store.pushed_at(registry, &repository.name, &found.digest).ok().flatten();
        let pushed_at = pushed_at.unwrap_or(repository.created_at);
        let json: Value = serde_json::from_slice(&found.manifest.body).unwrap_or_default();
        let layers = json.get("layers").and_then(Value::as_array).into_iter().flatten();
        let size: u64 = layers.filter_map(|layer| layer["size"].as_u64()).sum();
        let mut details = json!({
            "registryId": registry.id(),
            "repositoryName": repository.name,
            "imageDigest": found.digest,
            "imageSizeInBytes": size,
            "imagePushedAt": pushed_at as f64,
            "imageManifestMediaType": found.manifest.media_type,
        });
        if let Some(details) = details.as_object_mut() {
            if !tags.is_empty() {
                details.insert("imageTags".to_owned(), json!(tags));
            }
            if let Some(kind) = artifact_type(&json) {
                details.insert("artifactMediaType".to_owned(), json!(kind));
            }
            if let Some(subject) = json.pointer("/subject/digest") {
                details.insert("subjectManifestDigest".to_owned(), subject.clone());
            }
        }
        details
    }

    /// Whether the filter takes an image with these tags.
    fn wants(&self, tags: &[String]) -> bool {
        match self.input.pointer("/filter/tagStatus").and_then(Value::as_str) {
            Some("TAGGED") => !tags.is_empty(),
            Some("UNTAGGED") => tags.is_empty(),
            _ => true,
        }
    }
}

/// How a caller names an image: by tag, by digest, or by both.
struct ImageId<'a> {
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> ImageId<'a> {
    fn of(value: &'a Value) -> Result<Self, ApiError> {
        let id = Self { tag: value["imageTag"].as_str(), digest: value["imageDigest"].as_str() };
        if id.reference().is_empty() {
            return Err(invalid("imageIds", "an image is named by its tag or digest"));
        }
        Ok(id)
    }

    fn reference(&self) -> &'a str {
        self.digest.or(self.tag).unwrap_or_default()
    }

    fn is(&self, digest: &str, tags: &[String]) -> bool {
        self.digest.is_none_or(|wanted| wanted == digest)
            && self.tag.is_none_or(|wanted| tags.iter().any(|tag| tag == wanted))
    }

    /// The same with the digest, as answers have it.
    fn with(&self, digest: &str) -> Value {
        match self.tag {
            Some(tag) => json!({"imageDigest": digest, "imageTag": tag}),
            None => json!({ "imageDigest": digest }),
        }
    }

    fn missing(&self, registry: &RegistryId, repository: &Repository) -> ApiError {
        ApiError::bad_request(
            "ImageNotFoundException",
            format!(
                "The image with imageId {{imageDigest:'{}', imageTag:'{}'}} does not exist within the repository with name '{}' in the registry with id '{}'",
                self.digest.unwrap_or("null"),
                self.tag.unwrap_or("null"),
                repository.name,
                registry.id()
            ),
        )
    }
}

fn invalid(name: &str, rule: &str) -> ApiError {
    super::ecr::invalid_parameter(name, rule)
}
