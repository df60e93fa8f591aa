//! A process that stays: it answers HTTP until it is asked to stop.
//!
//! What it answers is small and without secrets; who asks may be anybody who reaches the port, so everything has a limit:
//! the number of connections, the time each may last, and what is read of a request.

use std::convert::Infallible;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

/// How many connections there may be at once.
const MOST_CONNECTIONS: usize = 64;

/// How long one may last, and how long it may take to ask.
const CONNECTION: Duration = Duration::from_secs(120);
const ASKING: Duration = Duration::from_secs(30);

/// The most that is read of a request's head, in bytes.
const MAX_HEAD: usize = 16 * 1024;

/// An answer.
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The kind of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

impl Reply {
    /// A line of text.
    pub fn text(status: u16, line: &str) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", body: format!("{line}\n") }
    }
}

/// Answers a `GET` for a path, to somebody who accepts these kinds.
pub type Answer = Arc<dyn Fn(&str, &str) -> Reply + Send + Sync>;

/// Begins to answer, where there is somewhere to answer, and calls `stopped` once the process is asked to stop.
///
/// # Errors
/// When the system gives no thread, or does not tell of signals.
pub fn start(
    listener: Option<TcpListener>,
    answer: Answer,
    stopped: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // From here on nobody is ended by a signal, and before there is nothing to end well.
    let asked = {
        let _inside = runtime.enter();
        asked_to_stop()?
    };
    thread::Builder::new()
        .name("service".to_owned())
        .spawn(move || serve(&runtime, listener, answer, asked, stopped))?;
    Ok(())
}

fn serve(
    runtime: &Runtime,
    listener: Option<TcpListener>,
    answer: Answer,
    asked: impl Future<Output = ()>,
    stopped: impl FnOnce(),
) {
    runtime.block_on(async move {
        if let Some(listener) = listener {
            tokio::spawn(accept(listener, answer));
        }
        asked.await;
    });
    stopped();
}

async fn accept(listener: TcpListener, answer: Answer) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let open = Arc::new(AtomicUsize::new(0));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, most likely: let some connections end.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        if open.load(Ordering::Relaxed) >= MOST_CONNECTIONS {
            continue;
        }
        open.fetch_add(1, Ordering::Relaxed);
        let (open, answer) = (Arc::clone(&open), Arc::clone(&answer));
        tokio::spawn(async move {
            let _ = tokio::time::timeout(CONNECTION, connection(stream, answer)).await;
            open.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

async fn connection(stream: TcpStream, answer: Answer) {
    let service = service_fn(move |request: Request<Incoming>| {
        let response = respond(&request, &answer);
        async move { Ok::<_, Infallible>(response) }
    });
    // An error is a client that went away, or did not speak HTTP.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(ASKING)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

fn respond(request: &Request<Incoming>, answer: &Answer) -> Response<Full<Bytes>> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let reply = if is_read {
        let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        answer(request.uri().path(), accept)
    } else {
        Reply::text(StatusCode::METHOD_NOT_ALLOWED.as_u16(), "only GET is answered")
    };
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    if !is_read {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}

/// Ends once the user interrupts or the system asks to stop.
#[cfg(unix)]
fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    use std::task::Poll;

    use tokio::signal::unix::{SignalKind, signal};

    let mut signals = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?];
    Ok(std::future::poll_fn(move |context| {
        let is_asked = signals.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
        if is_asked { Poll::Ready(()) } else { Poll::Pending }
    }))
}

/// Ends once the user interrupts.
#[cfg(not(unix))]
fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without word of it, only the system can end this process.
            std::future::pending::<()>().await;
        }
    })
}
