//! The way to a host, one thing after the other: name, proxy, connection, TLS, first answer.

use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use ecrpass_core::redact::redact;
use ecrpass_credentials::aws_call::NetworkFailure;
use ecrpass_diagnosis::facts::{Destination, Failure, NetworkPath};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Proxy};

use crate::wire::error_chain;

/// How long one thing may take: a name, a connection, an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A client for plain requests, which trusts what this machine trusts.
#[derive(Clone, Debug)]
pub struct Prober {
    agent: Agent,
    patience: Duration,
}

impl Prober {
    /// A prober; `more_roots` are files of further CAs in PEM, such as docker's for one registry. Each request may take
    /// at most `deadline`.
    pub fn new(more_roots: &[&Path], deadline: Duration) -> Self {
        let mut roots: Vec<Certificate<'static>> = rustls_native_certs::load_native_certs()
            .certs
            .iter()
            .map(|der| Certificate::from_der(der).to_owned())
            .collect();
        for path in more_roots {
            if let Ok(found) = CertificateDer::pem_file_iter(path) {
                roots.extend(found.flatten().map(|der| Certificate::from_der(&der).to_owned()));
            }
        }
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(Arc::new(roots)))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        // A name, a connection and an answer, one after the other.
        let patience = PATIENCE.min(deadline / 3);
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_resolve(Some(patience))
            .timeout_connect(Some(patience))
            .timeout_recv_response(Some(patience))
            .timeout_global(Some(deadline))
            .user_agent(concat!("ecrpass/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Self { agent, patience }
    }

    /// The client itself.
    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    /// Looks at the way to `host` (with its port, where that is not 443) by asking for `https://host<path>` without
    /// credentials.
    pub fn network_path(&self, destination: Destination, host: &str, path: &str) -> NetworkPath {
        let started = Instant::now();
        let mut network = NetworkPath {
            destination,
            host: host.to_owned(),
            addresses: Vec::new(),
            private: false,
            proxy: None,
            connected_ms: None,
            status: None,
            server: None,
            failure: None,
            took_ms: 0,
        };
        let url = format!("https://{host}{path}");
        let proxy = proxy_for(&url);
        network.proxy = proxy.as_ref().map(|proxy| format!("{}:{}", proxy.host(), proxy.port()));
        // A proxy resolves names by itself.
        let target = network.proxy.clone().unwrap_or_else(|| with_port(host));
        match resolve(&target, self.patience) {
            Ok(mut addresses) => {
                alternate(&mut addresses);
                network.addresses = addresses.iter().map(|address| address.ip().to_string()).collect();
                network.private =
                    network.proxy.is_none() && addresses.iter().all(|address| is_private(address.ip()));
                match connect(&addresses, self.patience) {
                    Ok(took) => network.connected_ms = Some(took),
                    Err((kind, words)) => network.failure = Some(Failure { kind, words }),
                }
            }
            Err((kind, words)) => network.failure = Some(Failure { kind, words }),
        }
        if let (Some(failure), Some(_)) = (&mut network.failure, &network.proxy) {
            failure.kind = NetworkFailure::Proxy;
        }
        if network.failure.is_none() {
            match self.agent.get(&url).call() {
                Ok(answer) => {
                    network.status = Some(answer.status().as_u16());
                    let server = answer.headers().get("server").and_then(|value| value.to_str().ok());
                    network.server = server.map(|server| redact(server).chars().take(80).collect());
                }
                Err(error) => {
                    let (kind, words) = failure(&error);
                    network.failure = Some(Failure { kind, words });
                }
            }
        }
        network.took_ms = milliseconds(started);
        network
    }
}

/// How a request failed, and the words for it.
pub fn failure(error: &ureq::Error) -> (NetworkFailure, String) {
    let words = redact(&error_chain(error)).into_owned();
    let kind = match error {
        ureq::Error::HostNotFound | ureq::Error::Timeout(ureq::Timeout::Resolve) => NetworkFailure::Dns,
        ureq::Error::Timeout(_) => NetworkFailure::Timeout,
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => NetworkFailure::Tls,
        ureq::Error::ConnectProxyFailed(_) | ureq::Error::InvalidProxyUrl => NetworkFailure::Proxy,
        ureq::Error::ConnectionFailed => NetworkFailure::Connect,
        _ => NetworkFailure::classify(&words),
    };
    (kind, words)
}

/// The proxy the environment names for a URL.
fn proxy_for(url: &str) -> Option<Proxy> {
    let proxy = Proxy::try_from_env()?;
    let uri = url.parse().ok()?;
    (!proxy.is_no_proxy(&uri)).then_some(proxy)
}

fn with_port(host: &str) -> String {
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    if has_port { host.to_owned() } else { format!("{host}:443") }
}

/// What a name resolves to. The system's resolver knows no deadline, so it is left behind in its thread.
fn resolve(host: &str, patience: Duration) -> Result<Vec<SocketAddr>, (NetworkFailure, String)> {
    let (sender, receiver) = mpsc::channel();
    let name = host.to_owned();
    thread::spawn(move || {
        let found = name.to_socket_addrs().map(|found| found.collect::<Vec<_>>());
        let _ = sender.send(found);
    });
    let bare = host.rsplit_once(':').map_or(host, |(name, _)| name);
    match receiver.recv_timeout(patience) {
        Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
        Ok(Ok(_)) => Err((NetworkFailure::Dns, format!("{bare} resolves to nothing"))),
        Ok(Err(error)) => Err((NetworkFailure::Dns, format!("{bare} does not resolve: {error}"))),
        Err(_) => Err((
            NetworkFailure::Dns,
            format!("the resolver did not answer for {bare} within {} s", patience.as_secs()),
        )),
    }
}

/// Puts one of either family after the other: where only one of them works, it is tried soon. Source: RFC 8305.
fn alternate(addresses: &mut Vec<SocketAddr>) {
    let (v6, v4): (Vec<SocketAddr>, Vec<SocketAddr>) =
        addresses.iter().partition(|address| address.is_ipv6());
    let longest = v6.len().max(v4.len());
    *addresses = (0..longest).flat_map(|at| v6.get(at).into_iter().chain(v4.get(at))).copied().collect();
}

/// Connects to the first address that answers, and says how long it took, in milliseconds.
fn connect(addresses: &[SocketAddr], patience: Duration) -> Result<u64, (NetworkFailure, String)> {
    let mut last = (NetworkFailure::Connect, "no address to connect to".to_owned());
    // All together may take as long as one.
    let each = patience / u32::try_from(addresses.len().clamp(1, 4)).unwrap_or(1);
    for address in addresses.iter().take(4) {
        let started = Instant::now();
        match TcpStream::connect_timeout(address, each) {
            Ok(_) => return Ok(milliseconds(started)),
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                last = (
                    NetworkFailure::Timeout,
                    format!("no answer from {address} within {:.1} s", each.as_secs_f64()),
                );
            }
            Err(error) => last = (NetworkFailure::Connect, format!("{address}: {error}")),
        }
    }
    Err(last)
}

/// An address only a private network has, as the interface endpoints of a VPC do.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private(),
        IpAddr::V6(v6) => v6.is_unique_local(),
    }
}

/// The time since then, in milliseconds.
pub fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_of_the_way_has_its_own_failure() {
        let prober = Prober::new(&[], Duration::from_secs(2));
        let refused = prober.network_path(Destination::Registry, "127.0.0.1:1", "/v2/");
        assert_eq!(refused.failure.as_ref().map(|failure| failure.kind), Some(NetworkFailure::Connect));
        assert_eq!(refused.addresses, ["127.0.0.1"]);
        let unknown = prober.network_path(Destination::Api, "no-such-host.invalid", "/");
        assert_eq!(unknown.failure.map(|failure| failure.kind), Some(NetworkFailure::Dns));
    }

    #[test]
    fn private_addresses_are_those_of_a_vpc() {
        let private = |text: &str| is_private(text.parse().unwrap());
        assert!(private("10.0.3.4") && private("172.31.0.9") && private("fd00::7"));
        assert!(!private("52.94.1.2") && !private("127.0.0.1") && !private("::1"));
    }
}
