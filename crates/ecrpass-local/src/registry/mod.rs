//! The registry v2 front: demands the token the API issued, and answers as ECR does.

pub(crate) mod authenticate;
mod authorize;
mod blob_response;
mod blobs;
pub(crate) mod bucket;
mod call;
pub(crate) mod error;
mod failure;
mod forward;
pub(crate) mod front;
mod headers;
mod listing;
pub(crate) mod manifests;
pub(crate) mod operation;
pub(crate) mod presigned;
pub(crate) mod public_token;
mod uploads;
pub(crate) mod upstream;

use ecrpass_iam::denial::Reason;
use ecrpass_iam::policy_kind::PolicyKind;

use call::{Access, Call};
use error::V2Error;
use failure::{V2Failure, V2Result};
use front::Front;
use hyper::StatusCode;
use hyper::header::HeaderName;
use operation::{Operation, OperationKind};

use crate::active_faults::Active;
use crate::faults::FaultKind;
use crate::http::{self, Abort, Request};
use crate::image_store::ImageStore;
use crate::logged_response::{Handled, LoggedResponse};
use crate::state::State;
use crate::storage::repositories::RegistryId;

/// Answers one request to a registry.
pub(crate) async fn handle(
    state: &State,
    mut request: Request,
    front: &Front,
    operation: &Operation,
    active: &Active,
) -> Handled {
    let (principal, result) = match authenticate::check(state, &request, front) {
        Ok(access) => {
            let principal = access.principal.clone();
            (principal, respond(state, &mut request, &access, operation, active).await)
        }
        Err(refusal) => {
            // A refusal stands; a fault can only make a good answer bad.
            (refusal.principal, Err(refusal.error.into()))
        }
    };
    let is_head = request.method() == hyper::Method::HEAD;
    let mut answer = match result {
        Ok(response) => LoggedResponse::from(response),
        Err(V2Failure::Error(error)) => error.answer(is_head),
        Err(V2Failure::Abort) => return Err(Abort),
    };
    let version = HeaderName::from_static("docker-distribution-api-version");
    http::set(&mut answer.response, version, "registry/2.0");
    Ok(match principal {
        Some(principal) => answer.by(&principal),
        None => answer,
    })
}

async fn respond(
    state: &State,
    request: &mut Request,
    access: &Access,
    operation: &Operation,
    active: &Active,
) -> V2Result {
    if let Some(error) = fault(state, access, operation, active) {
        return Err(error.into());
    }
    match &operation.kind {
        OperationKind::Ping => return Ok(http::response(StatusCode::OK, "text/plain; charset=utf-8", "")),
        OperationKind::Catalog => return listing::catalog(state, request, access),
        OperationKind::Unknown => return Err(V2Error::unsupported().into()),
        _ => {}
    }
    let repository = authorize::repository(state, access, operation)?;
    if let Some(upstream) = &state.upstream {
        if let (OperationKind::GetBlob(digest), Some(_)) = (&operation.kind, &state.settings.layer_bucket) {
            let images = ImageStore::new(state, &access.registry, &repository.name);
            images.blob_size(digest).await?.ok_or_else(V2Error::blob_unknown)?;
            return Ok(blobs::redirect(state, request, access, &repository.name, digest));
        }
        return forward::send(upstream, request, operation, access, state, &repository).await;
    }
    let call = Call { state, access, repository: &repository };
    match &operation.kind {
        OperationKind::GetManifest(reference) => call.get_manifest(reference),
        OperationKind::PutManifest(reference) => call.put_manifest(request, reference).await,
        OperationKind::DeleteManifest(reference) => call.delete_manifest(reference),
        OperationKind::GetBlob(digest) => call.get_blob(request, digest).await,
        OperationKind::HeadBlob(digest) => call.head_blob(digest).await,
        OperationKind::StartUpload => call.start_upload(request).await,
        OperationKind::UploadChunk(id) => call.upload_chunk(request, id).await,
        OperationKind::FinishUpload(id) => call.finish_upload(request, id).await,
        OperationKind::UploadStatus(id) => call.upload_status(request, id),
        OperationKind::CancelUpload(id) => call.cancel_upload(id),
        OperationKind::ListTags => call.list_tags(request),
        OperationKind::Referrers(digest) => call.referrers(request, digest),
        OperationKind::Ping | OperationKind::Catalog | OperationKind::Unknown => {
            Err(V2Error::unsupported().into())
        }
    }
}

fn fault(state: &State, access: &Access, operation: &Operation, active: &Active) -> Option<V2Error> {
    if active.has(FaultKind::InvalidCredentials) {
        Some(V2Error::denied("The security token included in the request is invalid."))
    } else if active.has(FaultKind::ExpiredSession) {
        Some(V2Error::expired())
    } else if active.has(FaultKind::Throttle) {
        Some(V2Error::throttled())
    } else if active.has(FaultKind::ServerError) {
        Some(V2Error::internal("the fault server-error is on"))
    } else {
        // Who comes from elsewhere may do what the owner lets them.
        let is_guest = access.principal.as_ref().is_some_and(|who| who.account != access.registry.id());
        let is_guest = is_guest && access.registry != RegistryId::Public;
        let kind = if is_guest { PolicyKind::Resource } else { PolicyKind::Identity };
        let reason = active.denial(Reason::NotAllowed(kind))?;
        // The ping only authenticates, so nothing denies it.
        let action = operation.action(&access.registry)?;
        Some(authorize::denial(state, access, operation, &action, reason))
    }
}
