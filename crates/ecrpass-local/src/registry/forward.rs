//! Forwards an authorized request to another registry, which does the storing.

use std::io;

use http_body_util::BodyExt;
use hyper::client::conn::http1;
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONNECTION, HOST, HeaderName, HeaderValue, LOCATION, TRANSFER_ENCODING,
};
use hyper::{Method, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::error::V2Error;
use super::operation::{Kind, Operation};
use super::{Access, V2Failure, V2Result, authorize};
use crate::http::{self, Body, Request, Response};
use crate::state::State;
use crate::storage::repositories::Repository;

/// A registry that answers plain HTTP without authorization, such as docker-registry on loopback.
#[derive(Clone, Debug)]
pub(crate) struct Upstream {
    /// `host:port`.
    pub(crate) address: String,
}

impl Upstream {
    /// Sends a request on, and ECR's words back where they differ from the registry's.
    pub(super) async fn send(
        &self,
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
        if let Kind::PutManifest(tag) = &operation.kind
            && repository.immutable
            && !tag.contains(':')
            && self.has_tag(&operation.repository, tag).await?
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
            None => http::full(bytes::Bytes::new()),
        };
        let mut outgoing = hyper::Request::new(body);
        *outgoing.method_mut() = request.method().clone();
        *outgoing.uri_mut() = path.parse().map_err(|_| V2Error::unsupported())?;
        *outgoing.headers_mut() = headers;
        let mut response = self.exchange(outgoing).await.map_err(unreachable)?;
        if response.status() == StatusCode::NOT_FOUND && matches!(operation.kind, Kind::GetManifest(_)) {
            return Err(V2Error::manifest_unknown().into());
        }
        make_location_relative(&mut response);
        for name in [CONNECTION, TRANSFER_ENCODING] {
            response.headers_mut().remove(name);
        }
        Ok(response)
    }

    async fn has_tag(&self, repository: &str, tag: &str) -> Result<bool, V2Failure> {
        let path = format!("/v2/{repository}/manifests/{tag}");
        // Without, the registry behind denies the manifests of today.
        let accept = [(
            ACCEPT,
            "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json",
        )];
        let response = self.ask(Method::HEAD, &path, &accept, bytes::Bytes::new()).await;
        Ok(response.map_err(unreachable)?.status().is_success())
    }

    /// Asks something on this server's own account.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(HeaderName, &str)],
        body: bytes::Bytes,
    ) -> io::Result<Response> {
        let mut request = hyper::Request::new(http::full(body));
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().map_err(io::Error::other)?;
        for (name, value) in headers.iter().chain([&(HOST, self.address.as_str())]) {
            request.headers_mut().insert(name, HeaderValue::from_str(value).map_err(io::Error::other)?);
        }
        self.exchange(request).await
    }

    async fn exchange(&self, request: hyper::Request<Body>) -> io::Result<Response> {
        let silent = |error: &dyn std::fmt::Display| {
            io::Error::other(format!(
                "the registry behind this one, {}, did not answer: {error}",
                self.address
            ))
        };
        let stream = TcpStream::connect(&self.address).await.map_err(|error| silent(&error))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| silent(&error))?;
        tokio::spawn(async move {
            // Its errors reach the request that is under way.
            let _ = connection.await;
        });
        let response = sender.send_request(request).await.map_err(|error| silent(&error))?;
        Ok(response.map(|body| body.map_err(io::Error::other).boxed_unsync()))
    }
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

/// A location without the host.
pub(crate) fn relative(location: &str) -> String {
    match location.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]).to_owned(),
        None => location.to_owned(),
    }
}
