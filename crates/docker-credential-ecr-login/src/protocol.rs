//! The credential-helper protocol: what docker and its kin write to the helper and read from it.
//!
//! Source: docker/docker-credential-helpers, `credentials/credentials.go` and `client/client.go`. Clients compare
//! the texts below with the whole of standard output, and only when the exit status is not 0.

use std::borrow::Cow;
use std::io;
use std::time::Instant;

use ecrpass_core::registry::MAX_SERVER_URL;
use ecrpass_core::{DiagnosisId, WipedBuffer};
use ecrpass_credentials::refusal::Refusal;
use ecrpass_helper::entry::Entry;
use ecrpass_system::standard_input;
use zeroize::Zeroizing;

use crate::stdio;

/// "There is nothing for this host": clients go on without credentials.
pub const NOT_FOUND: &str = "credentials not found in native keychain";
/// The server URL was empty.
pub const NO_SERVER_URL: &str = "no credentials server URL";
/// The user name was empty, in `store`.
pub const NO_USERNAME: &str = "no credentials username";

/// The most that is read from standard input, in bytes: a `store` request carries a password.
const MAX_INPUT: usize = 256 * 1024;

/// How it is asked by hand.
const ASK: &str = "echo <account>.dkr.ecr.<region>.amazonaws.com | docker-credential-ecr-login get";

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Credentials for a server URL.
    Get,
    /// Keep credentials.
    Store,
    /// Forget credentials.
    Erase,
    /// Server URLs and user names.
    List,
    /// Name and version.
    Version,
}

impl Action {
    /// The action of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "get" => Self::Get,
            "store" => Self::Store,
            "erase" => Self::Erase,
            "list" => Self::List,
            "version" | "--version" | "-v" => Self::Version,
            _ => return None,
        })
    }

    /// The name of the action.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Store => "store",
            Self::Erase => "erase",
            Self::List => "list",
            Self::Version => "version",
        }
    }
}

/// Reads all input there is, up to a bound and until a deadline.
///
/// # Errors
/// A [`Refusal`] when it cannot be read, is longer, or is not closed in time.
pub fn read_input(end: Instant) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let input = read_within(end, MAX_INPUT).map_err(|error| {
        Refusal::transient(
            DiagnosisId::MalformedRegistryHost,
            format!("Standard input cannot be used: {error}."),
            "let who runs the helper write the server URL to its standard input and close it, as in `docker-credential-ecr-login get < file`",
        )
    })?;
    if input.len() > MAX_INPUT {
        let what =
            format!("Standard input is longer than any client's request: more than {MAX_INPUT} bytes.");
        return Err(unusable(what));
    }
    Ok(input)
}

/// All input, or somewhat more of it than there may be.
///
/// # Errors
/// When it cannot be read, or is not closed in time.
pub fn read_within(end: Instant, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    // `store` brings a password along: both buffers are wiped, and the first is large enough for every server URL.
    let mut buffer = Zeroizing::new([0; 1024]);
    let mut input = WipedBuffer::with_capacity(1024);
    let mut closed = false;
    loop {
        closed = closed || standard_input::wait(end)?;
        let length = match standard_input::read(&mut *buffer) {
            Ok(length) => length,
            // Somebody set it not to block.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && Instant::now() < end => {
                closed = false;
                continue;
            }
            Err(error) => return Err(error),
        };
        input.extend(buffer.get(..length).unwrap_or_default());
        if length == 0 || input.len() > limit {
            return Ok(input.into_bytes());
        }
    }
}

/// The input names no registry, for this reason.
fn unusable(what: impl Into<String>) -> Refusal {
    Refusal::new(DiagnosisId::MalformedRegistryHost, what, ASK)
}

/// The input of `store` is none.
pub fn not_a_request() -> Refusal {
    Refusal::new(
        DiagnosisId::MalformedRegistryHost,
        "Standard input of `store` is not the protocol's JSON, so it names no registry.",
        "to log in, run `docker login`, which writes it",
    )
}

/// The server URL in the input of `get` and `erase`.
///
/// # Errors
/// A [`Refusal`] when it is as none can be.
pub fn server_url(input: &[u8]) -> Result<String, Refusal> {
    let lossy;
    let text = match std::str::from_utf8(input) {
        Ok(text) => text,
        Err(_) => {
            lossy = String::from_utf8_lossy(input);
            &lossy
        }
    };
    let url = text.trim();
    check(url)?;
    Ok(url.to_owned())
}

/// Whether a server URL is as one can be.
///
/// # Errors
/// A [`Refusal`] when it is not.
pub fn check(server_url: &str) -> Result<(), Refusal> {
    match server_url {
        url if url.len() > MAX_SERVER_URL => {
            Err(unusable("The server URL on standard input is longer than that of any registry."))
        }
        url if url.contains(char::is_control) => Err(unusable(
            "Standard input has a line break or another control character in the server URL, which no registry's has.",
        )),
        _ => Ok(()),
    }
}

/// Writes the answer to `get`.
///
/// # Errors
/// When standard output cannot be written.
pub fn write_credentials(server_url: &str, entry: &Entry) -> io::Result<()> {
    #[derive(serde::Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Credentials<'a> {
        #[serde(rename = "ServerURL")]
        server_url: &'a str,
        username: &'a str,
        secret: &'a str,
    }
    let server_url = &*without_user(server_url);
    let credentials = Credentials { server_url, username: &entry.username, secret: entry.password.expose() };
    let mut line = WipedBuffer::with_capacity(entry.password.expose().len() + server_url.len() + 256);
    serde_json::to_writer(&mut line, &credentials)?;
    line.extend(b"\n");
    stdio::write_all(line.as_slice())
}

/// A server URL without the user information in it, which may be a password.
fn without_user(server_url: &str) -> Cow<'_, str> {
    let (scheme, rest) =
        server_url.split_once("://").map_or(("", server_url), |(scheme, rest)| (scheme, rest));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest.get(..end).and_then(|authority| authority.rfind('@')) {
        None => Cow::Borrowed(server_url),
        Some(at) => {
            let separator = if scheme.is_empty() { "" } else { "://" };
            Cow::Owned(format!("{scheme}{separator}{}", rest.get(at + 1..).unwrap_or_default()))
        }
    }
}

/// What `store` is given. The secret is not among what is looked at.
#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StoreRequest {
    /// The server URL.
    #[serde(rename = "ServerURL", default)]
    pub server_url: String,
    /// The user name.
    #[serde(default)]
    pub username: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_url_comes_back_without_its_user() {
        for (url, plain) in [
            ("https://user:S@h.example/v2/", "https://h.example/v2/"),
            ("user:S@h.example:443", "h.example:443"),
            ("https://h.example/a@b", "https://h.example/a@b"),
            ("h.example", "h.example"),
        ] {
            assert_eq!(without_user(url), plain);
        }
    }
}
