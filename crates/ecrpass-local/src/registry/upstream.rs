//! The registry behind this one, that stores the images where forwarding is on.

use std::io;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::Method;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderName, HeaderValue};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::http::{self, Body, Response};

/// A registry that answers plain HTTP without authorization, such as docker-registry on loopback.
#[derive(Clone, Debug)]
pub(crate) struct Upstream {
    /// `host:port`.
    pub(crate) address: String,
}

impl Upstream {
    /// Asks something on this server's own account.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(HeaderName, &str)],
        body: Bytes,
    ) -> io::Result<Response> {
        let mut request = hyper::Request::new(http::full(body));
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().map_err(io::Error::other)?;
        for (name, value) in headers.iter().chain([&(HOST, self.address.as_str())]) {
            request.headers_mut().insert(name, HeaderValue::from_str(value).map_err(io::Error::other)?);
        }
        self.exchange(request).await
    }

    /// Sends one request on a connection of its own.
    pub(super) async fn exchange(&self, request: hyper::Request<Body>) -> io::Result<Response> {
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

/// A location without the host.
pub(crate) fn relative(location: &str) -> String {
    match location.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("/".to_owned(), |(_, path)| format!("/{path}")),
        None => location.to_owned(),
    }
}
