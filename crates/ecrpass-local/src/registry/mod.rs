//! The registry v2 front: demands the token the API issued, and answers as ECR does.

pub(crate) mod authenticate;
mod authorize;
mod blobs;
pub(crate) mod bucket;
pub(crate) mod error;
pub(crate) mod forward;
mod listing;
pub(crate) mod manifests;
pub(crate) mod operation;
pub(crate) mod public_token;
mod uploads;

use std::sync::Arc;

use ecrpass_iam::denial::Reason;
use ecrpass_iam::policy_kind::PolicyKind;
use error::V2Error;
use hyper::StatusCode;
use hyper::header::HeaderName;
use operation::{Kind, Operation};

use crate::answer::{Answer, Handled};
use crate::faults::{Active, FaultKind};
use crate::http::{self, Abort, Request, Response};
use crate::images::Images;
use crate::principals::Principal;
use crate::storage::repositories::RegistryId;
use crate::world::World;

/// Which registry a request is for, by its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Front {
    Private { account: String, region: String },
    Public,
}

impl Front {
    pub(crate) fn id(&self) -> RegistryId {
        match self {
            Self::Private { account, region } => {
                RegistryId::Private { account: account.clone(), region: region.clone() }
            }
            Self::Public => RegistryId::Public,
        }
    }

    /// What the call log calls it.
    pub(crate) fn service(&self) -> &'static str {
        match self {
            Self::Private { .. } => "registry",
            Self::Public => "public-registry",
        }
    }
}

/// Somebody's way into one registry.
pub(crate) struct Access {
    pub(crate) registry: RegistryId,
    /// `None` for an anonymous pull from ECR Public.
    pub(crate) principal: Option<Arc<Principal>>,
}

/// A handler's outcome inside this module: a response, an error of the registry, or a dropped connection.
pub(crate) type V2Result = Result<Response, V2Failure>;

/// Why there is no success.
pub(crate) enum V2Failure {
    Error(V2Error),
    Abort,
}

impl From<V2Error> for V2Failure {
    fn from(error: V2Error) -> Self {
        Self::Error(error)
    }
}

impl From<std::io::Error> for V2Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Error(V2Error::storage(&error))
    }
}

impl From<Abort> for V2Failure {
    fn from(Abort: Abort) -> Self {
        Self::Abort
    }
}

/// Answers one request to a registry.
pub(crate) async fn handle(
    world: &World,
    mut request: Request,
    front: &Front,
    operation: &Operation,
    active: &Active,
) -> Handled {
    let (principal, result) = match authenticate::check(world, &request, front) {
        Ok(access) => {
            let principal = access.principal.clone();
            (principal, respond(world, &mut request, &access, operation, active).await)
        }
        Err(refusal) => {
            // A refusal stands; a fault can only make a good answer bad.
            (refusal.principal, Err(refusal.error.into()))
        }
    };
    let is_head = request.method() == hyper::Method::HEAD;
    let mut answer = match result {
        Ok(response) => Answer::from(response),
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
    world: &World,
    request: &mut Request,
    access: &Access,
    operation: &Operation,
    active: &Active,
) -> V2Result {
    if let Some(error) = fault(world, access, operation, active) {
        return Err(error.into());
    }
    match &operation.kind {
        Kind::Ping => return Ok(http::response(StatusCode::OK, "text/plain; charset=utf-8", "")),
        Kind::Catalog => return listing::catalog(world, request, access),
        Kind::Unknown => return Err(V2Error::unsupported().into()),
        _ => {}
    }
    let repository = authorize::repository(world, access, operation)?;
    if let Some(upstream) = &world.upstream {
        if let (Kind::GetBlob(digest), Some(_)) = (&operation.kind, &world.settings.layer_bucket) {
            let images = Images::new(world, &access.registry, &repository.name);
            images.blob_size(digest).await?.ok_or_else(V2Error::blob_unknown)?;
            return Ok(blobs::redirect(world, request, access, &repository.name, digest));
        }
        return upstream.send(request, operation, access, world, &repository).await;
    }
    let call = Call { world, access, repository: &repository };
    match &operation.kind {
        Kind::GetManifest(reference) => call.get_manifest(reference),
        Kind::PutManifest(reference) => call.put_manifest(request, reference).await,
        Kind::DeleteManifest(reference) => call.delete_manifest(reference),
        Kind::GetBlob(digest) => call.get_blob(request, digest).await,
        Kind::HeadBlob(digest) => call.head_blob(digest).await,
        Kind::StartUpload => call.start_upload(request).await,
        Kind::UploadChunk(id) => call.upload_chunk(request, id).await,
        Kind::FinishUpload(id) => call.finish_upload(request, id).await,
        Kind::UploadStatus(id) => call.upload_status(request, id),
        Kind::CancelUpload(id) => call.cancel_upload(id).await,
        Kind::ListTags => call.list_tags(request),
        Kind::Referrers(digest) => call.referrers(request, digest),
        Kind::Ping | Kind::Catalog | Kind::Unknown => Err(V2Error::unsupported().into()),
    }
}

/// One authorized call on one repository.
struct Call<'a> {
    world: &'a World,
    access: &'a Access,
    repository: &'a crate::storage::repositories::Repository,
}

impl Call<'_> {
    fn registry(&self) -> &RegistryId {
        &self.access.registry
    }

    fn name(&self) -> &str {
        &self.repository.name
    }

    /// The key of uploads: one repository's are not another's.
    fn upload_key(&self) -> String {
        format!("{}/{}", self.registry().id(), self.name())
    }
}

fn fault(world: &World, access: &Access, operation: &Operation, active: &Active) -> Option<V2Error> {
    if active.has(FaultKind::InvalidCredentials) {
        Some(V2Error::denied("The security token included in the request is invalid."))
    } else if active.has(FaultKind::ExpiredSession) {
        Some(V2Error::expired())
    } else if active.has(FaultKind::Throttle) {
        Some(V2Error::throttled())
    } else if active.has(FaultKind::ServerError) {
        Some(V2Error::internal("the fault server-error is on"))
    } else {
        let reason = active.denial(Reason::NotAllowed(PolicyKind::Identity))?;
        // The ping only authenticates, so nothing denies it.
        let action = operation.action(&access.registry)?;
        Some(authorize::denial(world, access, operation, &action, reason))
    }
}
