//! Passwords in front of hosts.

use super::mark::REDACTED;
use super::word::Around;

/// Users without a password that say nothing.
const KNOWN: [&str; 4] = ["oauth2accesstoken", "x-access-token", "_json_key_base64", "x-token-auth"];

/// The password in `scheme://user:password@host`, and a user that is a token.
pub(super) fn in_url(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let rest = text.get(end..)?.strip_prefix("://").filter(|_| start < end)?;
    let begin = end + 3;
    let length =
        rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '<')).unwrap_or(rest.len());
    let authority = rest.get(..length)?;
    let Some(at) = authority.rfind('@') else { return with_slash(rest, begin, length) };
    let user = authority.get(..at)?;
    match user.find(':') {
        // The token is the user's name, for GitHub.
        Some(colon) if matches!(user.get(colon + 1..), Some("x-oauth-basic" | "")) => {
            let is_githubs = user.ends_with("x-oauth-basic") && user.get(..colon) != Some(REDACTED);
            (is_githubs && colon > 0 || is_token(user.get(..colon)?)).then_some((begin, begin + colon))
        }
        // An empty one is no reason to look no further at what stands before.
        Some(colon) => (colon + 1 < at).then_some((begin + colon + 1, begin + at)),
        None => is_token(user).then_some((begin, begin + at)),
    }
}

/// The password in `scheme://user:p/assword@host`, where nobody encoded it. Behind a host there would be a port.
fn with_slash(rest: &str, begin: usize, length: usize) -> Option<(usize, usize)> {
    let colon = rest.get(..length)?.find(':')?;
    let behind = rest.get(colon + 1..)?;
    let is_port = behind.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '/' | '$' | '{' | '<'));
    if is_port || !behind.get(length - colon - 1..)?.starts_with('/') {
        return None;
    }
    let end = behind
        .bytes()
        .take(4096)
        .position(|b| b.is_ascii_whitespace() || b"\"'<,\\".contains(&b))
        .unwrap_or(behind.len().min(4096));
    let at = behind.as_bytes().get(..end)?.iter().rposition(|&b| b == b'@')?;
    Some((begin + colon + 1, begin + colon + 1 + at))
}

/// Whether a user is none, but a token in a user's place.
fn is_token(user: &str) -> bool {
    let is_name = user.bytes().all(|b| b.is_ascii_lowercase() || b"._-".contains(&b));
    user.len() >= 8 && !is_name && !KNOWN.contains(&user) && user != REDACTED
}

/// The password in `user:password@host`, as it stands in registries' keys when somebody forgot the scheme. A digest
/// (`repo:tag@sha256:…`) is no host.
pub(super) fn bare(around: &mut Around<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    let text = around.text;
    text.get(end..)?.strip_prefix(':')?;
    let at = around.last_at(end + 1)?;
    let host = text.get(at + 1..)?;
    let length =
        host.bytes().take(256).position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')));
    let host = host.get(..length.unwrap_or(host.len().min(256)))?;
    let after = text.get(at + 1 + host.len()..)?;
    let is_host = host.trim_end_matches('.').contains('.')
        || !host.is_empty()
            && !host.starts_with("sha")
            && (has_port(after) || is_proxy(text, start) || is_mixed(text.get(end + 1..at)?, host));
    (is_host && at > end + 1).then_some((end + 1, at))
}

/// Whether what stands in front of a host without a dot can only be a password: `npm:react@17` has none.
fn is_mixed(value: &str, host: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    host.starts_with(|c: char| c.is_ascii_lowercase())
        && (6..=200).contains(&value.len())
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
}

/// Whether a port follows.
fn has_port(after: &str) -> bool {
    let digits = |port: &str| port.bytes().take(6).take_while(u8::is_ascii_digit).count();
    after.strip_prefix(':').is_some_and(|port| {
        let length = digits(port);
        (1..=5).contains(&length) && port.as_bytes().get(length).is_none_or(|b| !b.is_ascii_alphanumeric())
    })
}

/// Whether what stands here is what a proxy's variable is set to.
fn is_proxy(text: &str, start: usize) -> bool {
    let before = text.get(..start).unwrap_or_default().trim_end_matches(['"', '\'']);
    let name = before.strip_suffix('=').unwrap_or_default();
    name.len()
        .checked_sub(5)
        .and_then(|at| name.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case("proxy"))
}
