//! The images of a repository, and which of them an index lists.

use std::collections::HashMap;

use aws_sdk_ecr::types::{ImageIdentifier, ImageStatus};
use aws_smithy_types::DateTime;
use ecrpass_repository::lifecycle::Image;
use serde_json::Value;

use super::{ApiFailure, RegistryApi};

/// How many images one answer may hold. An answer is read up to 1 MiB, and an image may have a thousand tags.
const PAGE: i32 = 200;

/// How many manifests are asked for at once: at most 100, and each may be large.
const MANIFESTS: usize = 20;

/// What a manifest may be.
const MEDIA_TYPES: [&str; 4] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

impl RegistryApi<'_> {
    /// All images of a repository; `page` hears how many there are so far.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn images(&self, name: &str, page: &mut dyn FnMut(usize)) -> Result<Vec<Image>, ApiFailure> {
        if self.is_public() {
            return self.public_images(name, page);
        }
        let call = self.ecr.describe_images().set_registry_id(self.account.clone()).repository_name(name);
        let mut pages = call.max_results(PAGE).into_paginator().send();
        let mut found: Vec<Image> = Vec::new();
        while let Some(next) = self.ask("DescribeImages", async { pages.next().await.transpose() })? {
            found.extend(next.image_details().iter().map(image));
            page(found.len());
        }
        self.lists(name, &mut found)?;
        Ok(found)
    }

    /// Notes on every image which indexes list it.
    fn lists(&self, name: &str, images: &mut [Image]) -> Result<(), ApiFailure> {
        let indexes: Vec<String> = images
            .iter()
            .filter(|image| image.is_index() && !image.archived)
            .map(|image| image.digest.clone())
            .collect();
        let mut listed_by: HashMap<String, Vec<String>> = HashMap::new();
        for digests in indexes.chunks(MANIFESTS) {
            for (digest, manifest) in self.manifests(name, digests)? {
                for child in manifest.get("manifests").and_then(Value::as_array).into_iter().flatten() {
                    if let Some(child) = child.get("digest").and_then(Value::as_str) {
                        listed_by.entry(child.to_owned()).or_default().push(digest.clone());
                    }
                }
            }
        }
        for image in images {
            image.listed_by = listed_by.remove(&image.digest).unwrap_or_default();
        }
        Ok(())
    }

    /// Where a blob can be fetched without credentials, for some minutes: a layer, or an image's configuration.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn blob_url(&self, name: &str, digest: &str) -> Result<String, ApiFailure> {
        let call = self.ecr.get_download_url_for_layer().set_registry_id(self.account.clone());
        let answer =
            self.ask("GetDownloadUrlForLayer", call.repository_name(name).layer_digest(digest).send())?;
        Ok(answer.download_url().unwrap_or_default().to_owned())
    }

    /// Manifests by their digests; those that are not there any more are left out.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn manifests(&self, name: &str, digests: &[String]) -> Result<Vec<(String, Value)>, ApiFailure> {
        let ids = digests.iter().map(|digest| ImageIdentifier::builder().image_digest(digest).build());
        let call = self
            .ecr
            .batch_get_image()
            .set_registry_id(self.account.clone())
            .repository_name(name)
            .set_image_ids(Some(ids.collect()))
            .set_accepted_media_types(Some(MEDIA_TYPES.map(str::to_owned).to_vec()));
        let answer = self.ask("BatchGetImage", call.send())?;
        let manifests = answer.images().iter().filter_map(|image| {
            let digest = image.image_id()?.image_digest()?.to_owned();
            Some((digest, serde_json::from_str(image.image_manifest()?).ok()?))
        });
        Ok(manifests.collect())
    }
}

fn image(details: &aws_sdk_ecr::types::ImageDetail) -> Image {
    let at = |time: Option<&DateTime>| time.map(DateTime::secs);
    Image {
        digest: details.image_digest().unwrap_or_default().to_owned(),
        tags: details.image_tags().to_vec(),
        pushed_at: at(details.image_pushed_at()).unwrap_or(0),
        pulled_at: at(details.last_recorded_pull_time()),
        archived_at: at(details.last_archived_at()),
        activated_at: at(details.last_activated_at()),
        archived: details.image_status().is_some_and(|status| *status == ImageStatus::Archived),
        size: details.image_size_in_bytes().and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
        media_type: details.image_manifest_media_type().unwrap_or_default().to_owned(),
        listed_by: Vec::new(),
        subject: details.subject_manifest_digest().map(str::to_owned),
    }
}
