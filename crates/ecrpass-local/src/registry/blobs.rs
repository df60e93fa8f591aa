//! Blobs: sent directly, or by a redirect to the layer bucket, as ECR does.

use hyper::StatusCode;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};

use super::blob_response::send;
use super::bucket;
use super::call::{Access, Call};
use super::error::V2Error;
use super::failure::{V2Failure, V2Result};
use super::headers::DIGEST;
use crate::http::{self, Request, Response};
use crate::state::State;
use crate::storage::objects::Opened;

impl Call<'_> {
    pub(super) async fn head_blob(&self, digest: &str) -> V2Result {
        let blob = self.open(digest).await?;
        let mut response = http::empty(StatusCode::OK);
        http::set(&mut response, CONTENT_TYPE, "application/octet-stream");
        http::set(&mut response, CONTENT_LENGTH, &blob.size().to_string());
        http::set(&mut response, DIGEST, digest);
        Ok(response)
    }

    pub(super) async fn get_blob(&self, request: &Request, digest: &str) -> V2Result {
        let blob = self.open(digest).await?;
        if self.state.settings.layer_bucket.is_some() {
            return Ok(redirect(self.state, request, self.access, self.name(), digest));
        }
        send(request, blob, digest).await
    }

    async fn open(&self, digest: &str) -> Result<Opened, V2Failure> {
        let store = &self.state.repositories;
        if !store.has_blob(self.registry(), self.name(), digest)? {
            return Err(V2Error::blob_unknown().into());
        }
        Ok(store.open_blob(digest).await?.ok_or_else(V2Error::blob_unknown)?)
    }
}

/// Sends a client to the layer bucket.
pub(super) fn redirect(
    state: &State,
    request: &Request,
    access: &Access,
    repository: &str,
    digest: &str,
) -> Response {
    let mut response = http::empty(StatusCode::TEMPORARY_REDIRECT);
    let address = bucket::presign(state, request, &access.registry, repository, digest);
    http::set(&mut response, LOCATION, &address);
    response
}
