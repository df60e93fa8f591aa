//! Blob uploads: in one request, in pieces, or mounted from a repository next door.

use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::header::{CONTENT_RANGE, HeaderName, LOCATION, RANGE};

use super::authorize;
use super::call::Call;
use super::error::V2Error;
use super::failure::{V2Failure, V2Result};
use super::headers::DIGEST;
use crate::http::{self, Request, Response};
use crate::storage::repositories::RegistryId;
use crate::storage::uploads::Upload;

const UUID: HeaderName = HeaderName::from_static("docker-upload-uuid");

impl Call<'_> {
    pub(super) async fn start_upload(&self, request: &mut Request) -> V2Result {
        if let Some(digest) = request.query("mount")
            && self.mount(&digest, request.query("from").as_deref())?
        {
            return Ok(self.created(request, &digest));
        }
        let uploads = &self.state.repositories.uploads;
        let id = uploads.start(&self.upload_key(), self.state.clock.now()).await?;
        if request.query("digest").is_some() {
            return self.finish_upload(request, &id).await;
        }
        Ok(self.accepted(request, &id, 0))
    }

    pub(super) async fn upload_chunk(&self, request: &mut Request, id: &str) -> V2Result {
        let mut upload = self.take(id)?;
        let out_of_order = chunk_start(request).is_some_and(|start| start != upload.size);
        let received = if out_of_order { Ok(()) } else { receive(request, &mut upload).await };
        let size = upload.size;
        // What has come stays, so that a client whose connection broke can go on.
        self.put_back(id, upload);
        received?;
        if out_of_order {
            return Err(V2Error::range_invalid().into());
        }
        Ok(self.accepted(request, id, size))
    }

    pub(super) async fn finish_upload(&self, request: &mut Request, id: &str) -> V2Result {
        let wanted = request.query("digest").ok_or_else(V2Error::digest_invalid)?;
        let mut upload = self.take(id)?;
        if let Err(failure) = receive(request, &mut upload).await {
            self.put_back(id, upload);
            return Err(failure);
        }
        let (digest, content) = upload.finish().await?;
        if digest != wanted {
            return Err(V2Error::digest_invalid().into());
        }
        self.state.repositories.store_blob(self.registry(), self.name(), &digest, content)?;
        Ok(self.created(request, &digest))
    }

    pub(super) fn upload_status(&self, request: &Request, id: &str) -> V2Result {
        let upload = self.take(id)?;
        let size = upload.size;
        self.put_back(id, upload);
        let mut response = self.accepted(request, id, size);
        *response.status_mut() = StatusCode::NO_CONTENT;
        Ok(response)
    }

    pub(super) fn cancel_upload(&self, id: &str) -> V2Result {
        drop(self.take(id)?);
        Ok(http::empty(StatusCode::NO_CONTENT))
    }

    fn take(&self, id: &str) -> Result<Upload, V2Error> {
        let uploads = &self.state.repositories.uploads;
        uploads.take(id, &self.upload_key(), self.state.clock.now()).ok_or_else(V2Error::upload_unknown)
    }

    fn put_back(&self, id: &str, upload: Upload) {
        self.state.repositories.uploads.put_back(id, upload, self.state.clock.now());
    }

    /// Takes over a blob from another repository that the principal may read; false when there is none such.
    fn mount(&self, digest: &str, from: Option<&str>) -> Result<bool, V2Failure> {
        let store = &self.state.repositories;
        let Some(from) = from else { return Ok(false) };
        let Some(source) = store.repository(self.registry(), from)? else { return Ok(false) };
        let service = if *self.registry() == RegistryId::Public { "ecr-public" } else { "ecr" };
        let action = format!("{service}:GetDownloadUrlForLayer");
        let readable = authorize::check(self.state, self.access, from, &action, Some(&source), true).is_ok();
        if !readable || !store.has_blob(self.registry(), from, digest)? {
            return Ok(false);
        }
        store.link_blob(self.registry(), self.name(), digest)?;
        Ok(true)
    }

    fn accepted(&self, request: &Request, id: &str, size: u64) -> Response {
        let mut response = http::empty(StatusCode::ACCEPTED);
        let location = format!("{}/v2/{}/blobs/uploads/{id}", request.origin(), self.name());
        http::set(&mut response, LOCATION, &location);
        http::set(&mut response, UUID, id);
        http::set(&mut response, RANGE, &format!("0-{}", size.saturating_sub(1)));
        response
    }

    fn created(&self, request: &Request, digest: &str) -> Response {
        let mut response = http::empty(StatusCode::CREATED);
        let location = format!("{}/v2/{}/blobs/{digest}", request.origin(), self.name());
        http::set(&mut response, LOCATION, &location);
        http::set(&mut response, DIGEST, digest);
        response
    }
}

/// Where a chunk says it begins; streams say nothing.
fn chunk_start(request: &Request) -> Option<u64> {
    let range = request.header(CONTENT_RANGE.as_str());
    range.trim_start_matches("bytes ").split('-').next()?.parse().ok()
}

/// Writes the request's body to the upload.
async fn receive(request: &mut Request, upload: &mut Upload) -> Result<(), V2Failure> {
    let Some(mut body) = request.body.take() else { return Ok(()) };
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| V2Failure::Abort)?;
        if let Ok(data) = frame.into_data() {
            upload.write(&data).await?;
        }
    }
    Ok(())
}
