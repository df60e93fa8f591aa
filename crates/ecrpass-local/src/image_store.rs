//! The images of one repository, wherever they are stored: here, or in the registry behind this one.

use std::io;

use bytes::Bytes;
use ecrpass_core::time::EpochSeconds;
use http_body_util::BodyExt;
use hyper::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use hyper::{Method, StatusCode};
use serde_json::Value;

use crate::http::Response;
use crate::random;
use crate::registry::upstream::{Upstream, relative};
use crate::state::State;
use crate::storage::repositories::{Manifest, RegistryId, Repositories};
use crate::storage::uploads::Finished;

/// What the registry behind is asked for; without it, it converts manifests to a format of long ago.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

/// One repository's images.
pub(crate) struct ImageStore<'a> {
    store: &'a Repositories,
    upstream: Option<&'a Upstream>,
    registry: &'a RegistryId,
    name: &'a str,
    now: EpochSeconds,
}

/// Something a manifest refers to that the repository does not have.
pub(crate) enum Missing {
    Blob(String),
    Manifest(String),
}

/// An image as it was found.
pub(crate) struct Found {
    pub(crate) digest: String,
    pub(crate) manifest: Manifest,
}

impl<'a> ImageStore<'a> {
    pub(crate) fn new(state: &'a State, registry: &'a RegistryId, name: &'a str) -> Self {
        let (store, upstream, now) = (&state.repositories, state.upstream.as_ref(), state.clock.now());
        Self { store, upstream, registry, name, now }
    }

    /// The tags, sorted.
    pub(crate) async fn tags(&self) -> io::Result<Vec<String>> {
        let Some(upstream) = self.upstream else { return self.store.tags(self.registry, self.name) };
        let path = format!("/v2/{}/tags/list", self.name);
        let response = upstream.ask(Method::GET, &path, &[], Bytes::new()).await?;
        // Nothing was pushed yet.
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(Vec::new());
        }
        let list: Value = serde_json::from_slice(&body_of(success(response)?).await?)?;
        let names =
            list.get("tags").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let mut tags: Vec<String> = names.map(str::to_owned).collect();
        tags.sort();
        Ok(tags)
    }

    /// The image that a tag or digest means.
    pub(crate) async fn find(&self, reference: &str) -> io::Result<Option<Found>> {
        let Some(upstream) = self.upstream else {
            let digest = match reference.contains(':') {
                true => Some(reference.to_owned()),
                false => self.store.tag(self.registry, self.name, reference)?,
            };
            let Some(digest) = digest else { return Ok(None) };
            let manifest = self.store.manifest(self.registry, self.name, &digest)?;
            return Ok(manifest.map(|manifest| Found { digest, manifest }));
        };
        let path = format!("/v2/{}/manifests/{reference}", self.name);
        let response = upstream.ask(Method::GET, &path, &[(ACCEPT, MANIFESTS)], Bytes::new()).await?;
        if matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST) {
            return Ok(None);
        }
        let response = success(response)?;
        let media_type = header(&response, &CONTENT_TYPE);
        let body = body_of(response).await?;
        Ok(Some(Found { digest: random::sha256_digest(&body), manifest: Manifest { media_type, body } }))
    }

    /// Every image, with its tags. The registry behind cannot tell of untagged ones.
    pub(crate) async fn all(&self) -> io::Result<Vec<(Found, Vec<String>)>> {
        let mut all: Vec<(Found, Vec<String>)> = Vec::new();
        for tag in self.tags().await? {
            let Some(found) = self.find(&tag).await? else { continue };
            match all.iter_mut().find(|(other, _)| other.digest == found.digest) {
                Some((_, tags)) => tags.push(tag),
                None => all.push((found, vec![tag])),
            }
        }
        if self.upstream.is_none() {
            for digest in self.store.manifests(self.registry, self.name)? {
                if all.iter().all(|(found, _)| found.digest != digest) {
                    all.extend(self.find(&digest).await?.map(|found| (found, Vec::new())));
                }
            }
        }
        Ok(all)
    }

    /// Whether a blob belongs to an image; taken for granted where untagged images cannot be seen.
    pub(crate) async fn uses_blob(&self, digest: &str) -> io::Result<bool> {
        if self.upstream.is_some() {
            return Ok(true);
        }
        let all = self.all().await?;
        Ok(all.iter().any(|(found, _)| {
            let json: Value = serde_json::from_slice(&found.manifest.body).unwrap_or_default();
            blobs_of(&json).iter().any(|blob| blob == digest)
        }))
    }

    /// The size of a blob of this repository.
    pub(crate) async fn blob_size(&self, digest: &str) -> io::Result<Option<u64>> {
        let Some(upstream) = self.upstream else {
            if !self.store.has_blob(self.registry, self.name, digest)? {
                return Ok(None);
            }
            return Ok(self.store.open_blob(digest).await?.map(|blob| blob.size()));
        };
        let path = format!("/v2/{}/blobs/{digest}", self.name);
        let response = upstream.ask(Method::HEAD, &path, &[], Bytes::new()).await?;
        let size = header(&response, &CONTENT_LENGTH).parse().unwrap_or(0);
        Ok(response.status().is_success().then_some(size))
    }

    /// Stores a blob whose digest was checked.
    pub(crate) async fn put_blob(&self, digest: &str, content: Finished) -> io::Result<()> {
        let Some(upstream) = self.upstream else {
            return self.store.store_blob(self.registry, self.name, digest, content);
        };
        let data = match content {
            Finished::Memory(data) => data,
            Finished::File(part) => tokio::fs::read(part.path()).await?.into(),
        };
        let path = format!("/v2/{}/blobs/uploads/", self.name);
        let started = success(upstream.ask(Method::POST, &path, &[], Bytes::new()).await?)?;
        let location = relative(&header(&started, &LOCATION));
        let joint = if location.contains('?') { '&' } else { '?' };
        let path = format!("{location}{joint}digest={digest}");
        let kind = [(CONTENT_TYPE, "application/octet-stream")];
        success(upstream.ask(Method::PUT, &path, &kind, data).await?)?;
        Ok(())
    }

    /// Stores a manifest, under a tag if there is one; its digest.
    pub(crate) async fn put_manifest(&self, tag: Option<&str>, manifest: &Manifest) -> io::Result<String> {
        let digest = random::sha256_digest(&manifest.body);
        match self.upstream {
            Some(upstream) => {
                let path = format!("/v2/{}/manifests/{}", self.name, tag.unwrap_or(&digest));
                let kind = [(CONTENT_TYPE, manifest.media_type.as_str())];
                success(upstream.ask(Method::PUT, &path, &kind, manifest.body.clone()).await?)?;
            }
            None => {
                self.store.put_manifest(self.registry, self.name, &digest, manifest, self.now)?;
                if let Some(tag) = tag {
                    self.store.put_tag(self.registry, self.name, tag, &digest)?;
                }
            }
        }
        Ok(digest)
    }

    /// Blobs and, for an index, manifests must be in the repository before what refers to them.
    pub(crate) async fn missing(&self, json: &Value) -> io::Result<Option<Missing>> {
        for digest in blobs_of(json) {
            if self.blob_size(&digest).await?.is_none() {
                return Ok(Some(Missing::Blob(digest)));
            }
        }
        for descriptor in json["manifests"].as_array().into_iter().flatten() {
            let digest = descriptor["digest"].as_str().unwrap_or_default();
            if self.find(digest).await?.is_none() {
                return Ok(Some(Missing::Manifest(digest.to_owned())));
            }
        }
        Ok(None)
    }
}

/// The digests of the configuration and layers that have to be in the repository.
fn blobs_of(json: &Value) -> Vec<String> {
    let layers = json["layers"].as_array().into_iter().flatten();
    let descriptors = json.get("config").into_iter().chain(layers);
    descriptors
        // Foreign layers live elsewhere.
        .filter(|descriptor| descriptor["urls"].as_array().is_none_or(Vec::is_empty))
        .map(|descriptor| descriptor["digest"].as_str().unwrap_or_default().to_owned())
        .collect()
}

fn success(response: Response) -> io::Result<Response> {
    match response.status() {
        status if status.is_success() => Ok(response),
        status => Err(io::Error::other(format!("the registry behind this one answered {status}"))),
    }
}

fn header(response: &Response, name: &hyper::header::HeaderName) -> String {
    let value = response.headers().get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

async fn body_of(response: Response) -> io::Result<Bytes> {
    Ok(response.into_body().collect().await?.to_bytes())
}
