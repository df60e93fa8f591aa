//! Manifests: read by tag or digest, and pushed once everything they refer to is there.

use hyper::StatusCode;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, LOCATION};
use serde_json::Value;

use super::call::Call;
use super::error::V2Error;
use super::failure::V2Result;
use super::headers::DIGEST;
use crate::http::{self, Request};
use crate::image_store::{ImageStore, Missing};
use crate::random;
use crate::storage::repositories::{Manifest, is_tag};

/// The most a manifest may measure, in bytes; the distribution specification asks for no more.
const MAX_MANIFEST: usize = 4 * 1024 * 1024;

impl Call<'_> {
    pub(super) fn get_manifest(&self, reference: &str) -> V2Result {
        let digest = self.resolve(reference)?.ok_or_else(V2Error::manifest_unknown)?;
        let manifest = self.state.repositories.manifest(self.registry(), self.name(), &digest)?;
        let manifest = manifest.ok_or_else(V2Error::manifest_unknown)?;
        let length = manifest.body.len().to_string();
        let mut response = http::response(StatusCode::OK, &manifest.media_type, manifest.body);
        // For HEAD too, which gets the header without the body.
        http::set(&mut response, CONTENT_LENGTH, &length);
        http::set(&mut response, DIGEST, &digest);
        Ok(response)
    }

    pub(super) async fn put_manifest(&self, request: &mut Request, reference: &str) -> V2Result {
        let store = &self.state.repositories;
        let body = request.read_body_up_to(MAX_MANIFEST).await?;
        let digest = random::sha256_digest(&body);
        let tag = match reference.split_once(':') {
            Some(_) if reference != digest => return Err(V2Error::digest_invalid().into()),
            Some(_) => None,
            None if is_tag(reference) => Some(reference),
            None => return Err(V2Error::tag_invalid(reference).into()),
        };
        let json: Value = serde_json::from_slice(&body)
            .map_err(|error| V2Error::manifest_invalid(format!("the manifest is not JSON: {error}")))?;
        let media_type = media_type(&json, request.header(CONTENT_TYPE.as_str()))?;
        let images = ImageStore::new(self.state, self.registry(), self.name());
        if let Some(Missing::Blob(missing) | Missing::Manifest(missing)) = images.missing(&json).await? {
            return Err(V2Error::manifest_blob_unknown(&missing).into());
        }
        if let Some(tag) = tag
            && self.repository.is_immutable(tag)
            && store.tag(self.registry(), self.name(), tag)?.is_some_and(|old| old != digest)
        {
            return Err(V2Error::immutable(tag, self.name()).into());
        }
        let (manifest, now) = (Manifest { media_type, body }, self.state.clock.now());
        store.put_manifest(self.registry(), self.name(), &digest, &manifest, now)?;
        if let Some(tag) = tag {
            store.put_tag(self.registry(), self.name(), tag, &digest)?;
        }
        let mut response = http::empty(StatusCode::CREATED);
        let location = format!("{}/v2/{}/manifests/{digest}", request.origin(), self.name());
        http::set(&mut response, LOCATION, &location);
        http::set(&mut response, DIGEST, &digest);
        if let Some(subject) = json.pointer("/subject/digest").and_then(Value::as_str) {
            http::set(&mut response, HeaderName::from_static("oci-subject"), subject);
        }
        Ok(response)
    }

    pub(super) fn delete_manifest(&self, reference: &str) -> V2Result {
        let store = &self.state.repositories;
        let removed = if reference.contains(':') {
            store.remove_manifest(self.registry(), self.name(), reference)?
        } else {
            store.remove_tag(self.registry(), self.name(), reference)?
        };
        if !removed {
            return Err(V2Error::manifest_unknown().into());
        }
        Ok(http::empty(StatusCode::ACCEPTED))
    }

    /// The digest a reference means.
    fn resolve(&self, reference: &str) -> Result<Option<String>, std::io::Error> {
        if reference.contains(':') {
            return Ok(Some(reference.to_owned()));
        }
        self.state.repositories.tag(self.registry(), self.name(), reference)
    }
}

/// What kind of artifact a manifest is, as referrers list it.
pub(crate) fn artifact_type(json: &Value) -> Option<&str> {
    let kind = json.get("artifactType").and_then(Value::as_str);
    kind.or_else(|| json.pointer("/config/mediaType").and_then(Value::as_str))
}

/// The media type of a manifest: what its header says, unless the body says something else.
pub(crate) fn media_type(json: &Value, header: &str) -> Result<String, V2Error> {
    let header = header.split(';').next().unwrap_or_default().trim();
    let inside = json["mediaType"].as_str().unwrap_or_default();
    match (header, inside) {
        ("" | "application/json", "") => {
            Err(V2Error::manifest_invalid("the manifest has no media type: set Content-Type"))
        }
        ("" | "application/json", inside) => Ok(inside.to_owned()),
        (header, "") => Ok(header.to_owned()),
        (header, inside) if header == inside => Ok(header.to_owned()),
        (header, inside) => Err(V2Error::manifest_invalid(format!(
            "Content-Type says {header} and the manifest says {inside}"
        ))),
    }
}
