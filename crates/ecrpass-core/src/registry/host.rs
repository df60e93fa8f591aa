//! The host in a server URL.
//!
//! A helper hands a token to whoever asks for the right host, so nothing may pass for one that a client would not
//! connect to: only schemes that are known, and user information as Go reads it. Source: Go `net/url`, `parseAuthority`
//! and `validUserinfo`.

/// The schemes that clients and people put in front of a registry.
const SCHEMES: [&str; 4] = ["https", "http", "docker", "oci"];

/// A server URL without its scheme, if that is one a registry can have.
fn without_scheme(url: &str) -> &str {
    match url.split_once("://") {
        Some((scheme, rest)) if SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)) => rest,
        _ => url,
    }
}

/// The host of a server URL in lower case: no scheme, user, port, path or trailing dot. What is no URL of a host
/// comes back as something that [`is_host`] refuses, or as another host.
pub fn normalize_host(server_url: &str) -> String {
    let authority = authority(server_url);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !host.ends_with(':') => host,
        _ => authority,
    };
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// Host and port in a server URL, as they stand there: no scheme, user or path.
pub fn authority(server_url: &str) -> &str {
    let rest = without_scheme(server_url.trim());
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once('@') {
        Some((user, host)) if user.chars().all(may_be_in_user) => host,
        _ => authority,
    }
}

fn may_be_in_user(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c)
}

/// Whether a text has only the characters of a host, perhaps with its port. Patterns are matched against such texts
/// only: a `*` is not meant to stand for a space or a backslash.
pub fn is_host(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._:[]".contains(c))
}
