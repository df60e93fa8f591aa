//! Forwards an authorized request to another registry, which does the storing.

use http_body_util::BodyExt;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONNECTION, HeaderName, HeaderValue, LOCATION, TRANSFER_ENCODING};
use hyper::{Method, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::error::V2Error;
use super::operation::{Kind, Operation};
use super::{Access, V2Failure, V2Result, authorize};
use crate::http::{self, Body, Request, Response};
use crate::storage::repositories::Repository;
use crate::world::World;

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
        world: &World,
        repository: &Repository,
    ) -> V2Result {
        if let Some(from) = request.query("from") {
            // The upstream knows no principals: what may be mounted is decided here.
            authorize::check_identity(world, access, &from, "ecr:GetDownloadUrlForLayer", true)?;
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
            Some(body) => body.map_err(std::io::Error::other).boxed_unsync(),
            None => http::full(bytes::Bytes::new()),
        };
        let mut outgoing = hyper::Request::new(body);
        *outgoing.method_mut() = request.method().clone();
        *outgoing.uri_mut() = path.parse().map_err(|_| V2Error::unsupported())?;
        *outgoing.headers_mut() = headers;
        let mut response = self.exchange(outgoing).await?;
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
        let mut request = hyper::Request::new(http::full(bytes::Bytes::new()));
        *request.method_mut() = Method::HEAD;
        *request.uri_mut() =
            format!("/v2/{repository}/manifests/{tag}").parse().map_err(|_| V2Error::tag_invalid(tag))?;
        if let Ok(host) = HeaderValue::from_str(&self.address) {
            request.headers_mut().insert(hyper::header::HOST, host);
        }
        Ok(self.exchange(request).await?.status().is_success())
    }

    async fn exchange(&self, request: hyper::Request<Body>) -> Result<Response, V2Failure> {
        let unreachable = |error: &dyn std::fmt::Display| {
            V2Error::bad_gateway(format!(
                "the registry behind this one, {}, did not answer: {error}",
                self.address
            ))
        };
        let stream = TcpStream::connect(&self.address).await.map_err(|error| unreachable(&error))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| unreachable(&error))?;
        tokio::spawn(async move {
            // Its errors reach the request that is under way.
            let _ = connection.await;
        });
        let response = sender.send_request(request).await.map_err(|error| unreachable(&error))?;
        Ok(response.map(|body| body.map_err(std::io::Error::other).boxed_unsync()))
    }
}

/// Clients resolve it against the address they used, which is this server's.
fn make_location_relative(response: &mut Response) {
    let Some(location) = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()) else {
        return;
    };
    let relative =
        location.split_once("://").map(|(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]).to_owned());
    if let Some(relative) = relative {
        http::set(response, LOCATION, &relative);
    }
}
