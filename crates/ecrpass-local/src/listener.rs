//! Accepts connections, speaks TLS where a listener is set up for it, and hands each request to the router.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use hyper::Request as HyperRequest;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::http::Request;
use crate::router;
use crate::state::State;

/// An address the server answers on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Address and port, the port that was really taken.
    pub address: SocketAddr,
    /// Whether it speaks TLS.
    pub tls: bool,
}

impl Listener {
    /// `http://127.0.0.1:5000`.
    pub fn url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        let mut address = self.address;
        // A server that listens everywhere is reached on loopback.
        if address.ip().is_unspecified() {
            address.set_ip(match address.ip() {
                IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        format!("{scheme}://{address}")
    }
}

/// Serves one listener until the runtime ends.
pub(crate) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, state: Arc<State>) {
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            // Out of descriptors, most likely: let some connections end.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            continue;
        };
        // Small answers must not wait for the client's acknowledgement.
        let _ = stream.set_nodelay(true);
        let state = state.clone();
        match tls.clone() {
            None => {
                tokio::spawn(connection(stream, peer, false, state));
            }
            Some(acceptor) => {
                tokio::spawn(async move {
                    // A handshake that fails is the client's to report.
                    if let Ok(stream) = acceptor.accept(stream).await {
                        connection(stream, peer, true, state).await;
                    }
                });
            }
        }
    }
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: SocketAddr,
    tls: bool,
    state: Arc<State>,
) {
    let service = service_fn(move |request: HyperRequest<Incoming>| {
        let (parts, body) = request.into_parts();
        router::handle(state.clone(), Request { parts, body: Some(body), peer, tls })
    });
    // An error is a client that went away, or a connection dropped on purpose.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .max_buf_size(64 * 1024)
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
