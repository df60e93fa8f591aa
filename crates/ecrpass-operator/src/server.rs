//! Metrics and probes over plain HTTP.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::metrics;
use crate::shared::Shared;

/// Connections at the same time.
const CONNECTIONS: usize = 64;

/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// Listens there.
///
/// # Errors
/// Why that is not possible.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| format!("nobody can listen on {address}: {error}"))
}

/// Answers for as long as the future lives.
pub async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let registry = Arc::new(metrics::registry(&shared));
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Too many files are open; it may pass.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (shared, registry) = (Arc::clone(&shared), Arc::clone(&registry));
        tokio::spawn(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let response = answer(&request, &shared, &registry);
                async move { Ok::<_, Infallible>(response) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .serve_connection(TokioIo::new(stream), service);
            // Who asked has gone.
            let _ = connection.await;
            drop(permit);
        });
    }
}

fn answer(request: &Request<Incoming>, shared: &Shared, registry: &Registry) -> Response<Full<Bytes>> {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return response(StatusCode::METHOD_NOT_ALLOWED, "GET only\n".to_owned());
    }
    match request.uri().path() {
        "/healthz" => response(StatusCode::OK, "ok\n".to_owned()),
        "/readyz" => {
            let now = shared.clock.now();
            match shared.engine().ready(now) {
                Ok(()) => response(StatusCode::OK, "ok\n".to_owned()),
                Err(why) => response(StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
            }
        }
        "/metrics" => match metrics::text(registry) {
            Ok(text) => {
                let mut response = response(StatusCode::OK, text);
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT_TYPE));
                response
            }
            Err(_) => {
                response(StatusCode::INTERNAL_SERVER_ERROR, "the metrics cannot be written\n".to_owned())
            }
        },
        _ => response(StatusCode::NOT_FOUND, "/metrics, /healthz, /readyz\n".to_owned()),
    }
}

fn response(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
