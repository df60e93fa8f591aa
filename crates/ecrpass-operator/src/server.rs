//! Metrics and probes over plain HTTP.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

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

/// Connections at the same time: a probe is to find room beside clients that only hold theirs.
const CONNECTIONS: usize = 1024;

/// How long a request may take to arrive, and its answer to be read.
const PATIENCE: Duration = Duration::from_secs(5);

/// So old an answer with metrics may be: however many ask, they are gathered once a second.
const OLDEST_METRICS: Duration = Duration::from_secs(1);

/// Listens there.
///
/// # Errors
/// Why that is not possible.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| format!("nobody can listen on {address}: {error}"))
}

/// Answers for as long as the future lives.
pub async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let metrics = Arc::new(Metrics::new(&shared));
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Too many files are open; it may pass.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (shared, metrics) = (Arc::clone(&shared), Arc::clone(&metrics));
        tokio::spawn(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let response = answer(&request, &shared, &metrics);
                async move { Ok::<_, Infallible>(response) }
            });
            // One request each: nobody fills the pipe with more, and reads no answer.
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service);
            // Who asked has gone, or does not read.
            let _ = tokio::time::timeout(2 * PATIENCE, connection).await;
            drop(permit);
        });
    }
}

/// The metrics, and the last answer that was made of them.
struct Metrics {
    registry: Registry,
    last: Mutex<Option<(Instant, Bytes)>>,
}

impl Metrics {
    fn new(shared: &Arc<Shared>) -> Self {
        Self { registry: metrics::registry(shared), last: Mutex::new(None) }
    }

    fn text(&self) -> Option<Bytes> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, text)) = last.as_ref()
            && at.elapsed() < OLDEST_METRICS
        {
            return Some(text.clone());
        }
        let text = Bytes::from(metrics::text(&self.registry).ok()?);
        *last = Some((Instant::now(), text.clone()));
        Some(text)
    }
}

fn answer(request: &Request<Incoming>, shared: &Shared, metrics: &Metrics) -> Response<Full<Bytes>> {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return response(StatusCode::METHOD_NOT_ALLOWED, "GET only\n");
    }
    match request.uri().path() {
        "/healthz" => response(StatusCode::OK, "ok\n"),
        "/readyz" => {
            let now = shared.clock.now();
            match shared.engine().ready(now) {
                Ok(()) => response(StatusCode::OK, "ok\n"),
                Err(why) => response(StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
            }
        }
        "/metrics" => match metrics.text() {
            Some(text) => {
                let mut response = response(StatusCode::OK, text);
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT_TYPE));
                response
            }
            None => response(StatusCode::INTERNAL_SERVER_ERROR, "the metrics cannot be written\n"),
        },
        _ => response(StatusCode::NOT_FOUND, "/metrics, /healthz, /readyz\n"),
    }
}

fn response(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
