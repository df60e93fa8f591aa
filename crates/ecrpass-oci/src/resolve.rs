//! What a name resolves to, within a deadline that the system's resolver does not know.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ecrpass_credentials::aws_call::NetworkFailure;

use crate::error::NetworkError;

/// The addresses of `host:port`. A resolver that does not answer in time is left behind in its thread.
pub fn resolve(host_and_port: &str, patience: Duration) -> Result<Vec<SocketAddr>, NetworkError> {
    let (sender, receiver) = mpsc::channel();
    let name = host_and_port.to_owned();
    thread::spawn(move || {
        let found = name.to_socket_addrs().map(|found| found.collect::<Vec<_>>());
        let _ = sender.send(found);
    });
    let bare = host_and_port.rsplit_once(':').map_or(host_and_port, |(name, _)| name);
    let failed = |words: String| NetworkError::new(NetworkFailure::Dns, words);
    match receiver.recv_timeout(patience) {
        Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
        Ok(Ok(_)) => Err(failed(format!("{bare} resolves to nothing"))),
        Ok(Err(error)) => {
            let words = format!("{bare} does not resolve: {error}");
            Err(NetworkError { source: Some(Box::new(error)), ..failed(words) })
        }
        Err(_) => {
            Err(failed(format!("the resolver did not answer for {bare} within {} s", patience.as_secs())))
        }
    }
}
