//! The ECR API's layers: whether they are there, where they can be had, and uploads in parts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::ecr::{Call, invalid_parameter, storage_error};
use super::error::ApiError;
use crate::image_store::ImageStore;
use crate::registry::bucket;
use crate::storage::repositories::{RegistryId, Repository, hex_of};
use crate::storage::uploads::Upload;

/// How large a part ECR asks for, in bytes.
const PART: u64 = 10 * 1024 * 1024;

impl Call<'_> {
    pub(super) async fn batch_check_layer_availability(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.repository()?;
        let images = ImageStore::new(self.state, &registry, &repository.name);
        let (mut layers, mut failures) = (Vec::new(), Vec::new());
        for digest in self.texts("layerDigests") {
            if hex_of(digest).is_none() {
                failures.push(json!({
                    "layerDigest": digest,
                    "failureCode": "InvalidLayerDigest",
                    "failureReason": "Invalid layer digest",
                }));
                continue;
            }
            layers.push(match images.blob_size(digest).await.map_err(storage_error)? {
                Some(size) => json!({
                    "layerDigest": digest,
                    "layerAvailability": "AVAILABLE",
                    "layerSize": size,
                    "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                }),
                None => json!({"layerDigest": digest, "layerAvailability": "UNAVAILABLE"}),
            });
        }
        Ok(json!({"layers": layers, "failures": failures}))
    }

    pub(super) async fn get_download_url_for_layer(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.repository()?;
        let images = ImageStore::new(self.state, &registry, &repository.name);
        let digest = self.text("layerDigest");
        if hex_of(digest).is_none() || images.blob_size(digest).await.map_err(storage_error)?.is_none() {
            return Err(ApiError::bad_request(
                "LayersNotFoundException",
                "The specified layers could not be found, or the specified layer is not valid for this repository.",
            ));
        }
        if !images.uses_blob(digest).await.map_err(storage_error)? {
            return Err(ApiError::bad_request(
                "LayerInaccessibleException",
                "The specified layer is not available because it is not associated with an image. Unassociated image layers may be cleaned up at any time.",
            ));
        }
        let url = bucket::presign(self.state, self.request, &registry, &repository.name, digest);
        Ok(json!({"downloadUrl": url, "layerDigest": digest}))
    }

    pub(super) async fn initiate_layer_upload(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.repository()?;
        let uploads = &self.state.repositories.uploads;
        let id = uploads
            .start(&key(&registry, &repository), self.state.clock.now())
            .await
            .map_err(storage_error)?;
        Ok(json!({"uploadId": id, "partSize": PART}))
    }

    pub(super) async fn upload_layer_part(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.repository()?;
        let mut upload = self.upload(&registry, &repository)?;
        let result = self.receive(&mut upload).await;
        let size = upload.size;
        // What has come stays, as a part that is refused may be sent again.
        self.state.repositories.uploads.put_back(self.text("uploadId"), upload, self.state.clock.now());
        result?;
        Ok(json!({
            "registryId": registry.id(),
            "repositoryName": repository.name,
            "uploadId": self.text("uploadId"),
            "lastByteReceived": size.saturating_sub(1),
        }))
    }

    pub(super) async fn complete_layer_upload(&self) -> Result<Value, ApiError> {
        let (registry, repository) = self.repository()?;
        let images = ImageStore::new(self.state, &registry, &repository.name);
        let upload = self.upload(&registry, &repository)?;
        if upload.size == 0 {
            return Err(ApiError::bad_request(
                "EmptyUploadException",
                "The specified layer upload does not contain any layer parts.",
            ));
        }
        let (digest, content) = upload.finish().await.map_err(storage_error)?;
        if !self.texts("layerDigests").contains(&digest.as_str()) {
            return Err(ApiError::bad_request(
                "InvalidLayerException",
                "The layer digest calculation performed by Amazon ECR upon receipt of the image layer does not match the digest specified.",
            ));
        }
        if images.blob_size(&digest).await.map_err(storage_error)?.is_some() {
            return Err(ApiError::bad_request(
                "LayerAlreadyExistsException",
                "The image layer already exists in the associated repository.",
            ));
        }
        images.put_blob(&digest, content).await.map_err(storage_error)?;
        Ok(json!({
            "registryId": registry.id(),
            "repositoryName": repository.name,
            "uploadId": self.text("uploadId"),
            "layerDigest": digest,
        }))
    }

    fn upload(&self, registry: &RegistryId, repository: &Repository) -> Result<Upload, ApiError> {
        let uploads = &self.state.repositories.uploads;
        uploads.take(self.text("uploadId"), &key(registry, repository), self.state.clock.now()).ok_or_else(|| {
            ApiError::bad_request(
                "UploadNotFoundException",
                "The upload could not be found, or the specified upload ID is not valid for this repository.",
            )
        })
    }

    async fn receive(&self, upload: &mut Upload) -> Result<(), ApiError> {
        let data = STANDARD
            .decode(self.text("layerPartBlob"))
            .map_err(|_| invalid_parameter("layerPartBlob", "Member must be base64"))?;
        let first = self.input["partFirstByte"].as_u64();
        let last = self.input["partLastByte"].as_u64();
        let end = upload.size + data.len() as u64;
        if data.is_empty() || first != Some(upload.size) || last != Some(end - 1) {
            return Err(ApiError::bad_request(
                "InvalidLayerPartException",
                "The layer part size is not valid, or the first byte specified is not consecutive to the last byte of a previous layer part upload.",
            ));
        }
        upload.write(&data).await.map_err(storage_error)
    }
}

/// The key of uploads, which is that of the registry front: one repository's are not another's.
fn key(registry: &RegistryId, repository: &Repository) -> String {
    format!("{}/{}", registry.id(), repository.name)
}
