//! The network path to a host, one thing after the other: name, proxy, connection, TLS, first answer.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use ecrpass_core::redact::redact;
use ecrpass_core::time::milliseconds;
use ecrpass_credentials::aws_call::NetworkFailure;

use crate::error::NetworkError;
use crate::http::{Http, network_error};
use crate::origin::Origin;
use crate::resolve::resolve;
use ecrpass_core::address::is_private;

/// What was seen on the path to a host.
#[derive(Debug, Default)]
pub struct NetworkPath {
    /// Host, and port where it is not 443.
    pub host: String,
    /// What the name resolved to: the host's, or its proxy's.
    pub addresses: Vec<SocketAddr>,
    /// Whether all of these are private, as an interface endpoint's are.
    pub private: bool,
    /// The proxy it goes through, without password.
    pub proxy: Option<String>,
    /// How long the connection took, in milliseconds.
    pub connected_ms: Option<u64>,
    /// The status of the first answer.
    pub status: Option<u16>,
    /// What the answer's `Server` header says.
    pub server: Option<String>,
    /// What failed.
    pub failure: Option<NetworkError>,
    /// How long it took in all, in milliseconds.
    pub took_ms: u64,
}

/// Looks at the path to a server by asking for something there without credentials.
pub fn probe(http: &Http, origin: &Origin, path: &str) -> NetworkPath {
    let started = Instant::now();
    let url = origin.url(path);
    let proxy = http.proxy_for(&url).map(|proxy| format!("{}:{}", proxy.host(), proxy.port()));
    let mut seen = NetworkPath { host: origin.authority().to_owned(), proxy, ..NetworkPath::default() };
    // A proxy resolves names by itself.
    let target = seen.proxy.clone().unwrap_or_else(|| origin.host_and_port());
    let failure = match resolve(&target, http.patience()) {
        Ok(addresses) => {
            seen.addresses = alternate(&addresses);
            seen.private = seen.proxy.is_none() && addresses.iter().all(|address| is_private(address.ip()));
            match connect(&seen.addresses, http.patience()) {
                Ok(took) => {
                    seen.connected_ms = Some(took);
                    None
                }
                Err(error) => Some(error),
            }
        }
        Err(error) => Some(error),
    };
    seen.failure = failure.map(|error| match seen.proxy {
        Some(_) => NetworkError { kind: NetworkFailure::Proxy, ..error },
        None => error,
    });
    if seen.failure.is_none() {
        match http.agent().get(&url).call() {
            Ok(answer) => {
                seen.status = Some(answer.status().as_u16());
                let server = answer.headers().get("server").and_then(|value| value.to_str().ok());
                seen.server = server.map(|server| redact(server).chars().take(80).collect());
            }
            Err(error) => seen.failure = Some(network_error(error)),
        }
    }
    seen.took_ms = milliseconds(started.elapsed());
    seen
}

/// One of either family after the other: where only one of them works, it is tried soon. Source: RFC 8305.
fn alternate(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let (v6, v4): (Vec<SocketAddr>, Vec<SocketAddr>) =
        addresses.iter().partition(|address| address.is_ipv6());
    let longest = v6.len().max(v4.len());
    (0..longest).flat_map(|at| v6.get(at).into_iter().chain(v4.get(at))).copied().collect()
}

/// Connects to the first address that answers, and says how long it took, in milliseconds.
fn connect(addresses: &[SocketAddr], patience: Duration) -> Result<u64, NetworkError> {
    let mut last = NetworkError::new(NetworkFailure::Connect, "no address to connect to");
    // All together may take as long as one.
    let each = patience / u32::try_from(addresses.len().clamp(1, 4)).unwrap_or(1);
    for address in addresses.iter().take(4) {
        let started = Instant::now();
        match TcpStream::connect_timeout(address, each) {
            Ok(_) => return Ok(milliseconds(started.elapsed())),
            Err(error) => {
                let (kind, words) = match error.kind() {
                    ErrorKind::TimedOut => (
                        NetworkFailure::Timeout,
                        format!("no answer from {address} within {:.1} s", each.as_secs_f64()),
                    ),
                    _ => (NetworkFailure::Connect, format!("{address}: {error}")),
                };
                last = NetworkError { kind, words, source: Some(Box::new(error)) };
            }
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_of_the_path_has_its_own_failure() {
        let http = Http::new(&[], Duration::from_secs(2));
        let seen = |host: &str| probe(&http, &Origin::https(host).unwrap(), "/v2/");
        let refused = seen("127.0.0.1:1");
        assert_eq!(refused.failure.as_ref().map(|failure| failure.kind), Some(NetworkFailure::Connect));
        assert!(refused.addresses.iter().all(|address| address.ip().is_loopback()));
        assert!(refused.failure.is_some_and(|failure| failure.source.is_some()));
        let unknown = seen("no-such-host.invalid");
        assert_eq!(unknown.failure.map(|failure| failure.kind), Some(NetworkFailure::Dns));
    }

    #[test]
    fn families_take_turns() {
        let addresses: Vec<SocketAddr> =
            ["1.1.1.1:1", "1.1.1.2:1", "[2600::1]:1"].map(|text| text.parse().unwrap()).to_vec();
        let ordered = alternate(&addresses).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(ordered, ["[2600::1]:1", "1.1.1.1:1", "1.1.1.2:1"]);
    }
}
