//! Forwards an authorized request to another registry, which does the storing.

use std::io;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONNECTION, HeaderName, HeaderValue, LOCATION, TRANSFER_ENCODING,
};
use hyper::{Method, StatusCode};

use super::authorize;
use super::call::Access;
use super::error::V2Error;
use super::failure::{V2Failure, V2Result};
use super::operation::{Operation, OperationKind};
use super::upstream::{Upstream, relative};
use crate::http::{self, Request, Response};
use crate::state::State;
use crate::storage::repositories::Repository;

/// Sends a request on, and ECR's words back where they differ from the registry's.
pub(super) async fn send(
    upstream: &Upstream,
    request: &mut Request,
    operation: &Operation,
    access: &Access,
    state: &State,
    repository: &Repository,
) -> V2Result {
    if let Some(from) = request.query("from") {
        // The upstream knows no principals: what may be mounted is decided here.
        authorize::check(state, access, &from, "ecr:GetDownloadUrlForLayer", None, true)?;
    }
    if let OperationKind::PutManifest(tag) = &operation.kind
        && repository.is_immutable(tag)
        && !tag.contains(':')
        && has_tag(upstream, &operation.repository, tag).await?
    {
        return Err(V2Error::immutable(tag, &operation.repository).into());
    }
    let mut headers = request.headers().clone();
    for name in [AUTHORIZATION, CONNECTION, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    let scheme = if request.tls { "https" } else { "http" };
    headers.insert(HeaderName::from_static("x-forwarded-proto"), HeaderValue::from_static(scheme));
    let path = request.parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let body = match request.body.take() {
        Some(body) => body.map_err(io::Error::other).boxed_unsync(),
        None => http::full(Bytes::new()),
    };
    let mut outgoing = hyper::Request::new(body);
    *outgoing.method_mut() = request.method().clone();
    *outgoing.uri_mut() = path.parse().map_err(|_| V2Error::unsupported())?;
    *outgoing.headers_mut() = headers;
    let mut response = upstream.exchange(outgoing).await.map_err(unreachable)?;
    if response.status() == StatusCode::NOT_FOUND && matches!(operation.kind, OperationKind::GetManifest(_)) {
        return Err(V2Error::manifest_unknown().into());
    }
    make_location_relative(&mut response);
    for name in [CONNECTION, TRANSFER_ENCODING] {
        response.headers_mut().remove(name);
    }
    Ok(response)
}

async fn has_tag(upstream: &Upstream, repository: &str, tag: &str) -> Result<bool, V2Failure> {
    let path = format!("/v2/{repository}/manifests/{tag}");
    // Without, the registry behind denies the manifests of today.
    let accept = [(
        ACCEPT,
        "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json",
    )];
    let response = upstream.ask(Method::HEAD, &path, &accept, Bytes::new()).await;
    Ok(response.map_err(unreachable)?.status().is_success())
}

fn unreachable(error: io::Error) -> V2Failure {
    V2Error::bad_gateway(error.to_string()).into()
}

/// Clients resolve it against the address they used, which is this server's.
fn make_location_relative(response: &mut Response) {
    let Some(location) = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()) else {
        return;
    };
    let relative = relative(location);
    http::set(response, LOCATION, &relative);
}
