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
    let at = authority.rfind('@')?;
    let user = authority.get(..at)?;
    match user.find(':') {
        Some(colon) => Some((begin + colon + 1, begin + at)),
        None => is_token(user).then_some((begin, begin + at)),
    }
}

/// Whether a user is none, but a token in a user's place.
fn is_token(user: &str) -> bool {
    let is_name = user.bytes().all(|b| b.is_ascii_lowercase() || b"._-".contains(&b));
    user.len() >= 8 && !is_name && !KNOWN.contains(&user) && user != REDACTED
}

/// The password in `user:password@host`, as it stands in registries' keys and proxies when somebody forgot the scheme. A
/// digest (`repo:tag@sha256:…`) is no host.
pub(super) fn bare(around: &mut Around<'_>, end: usize) -> Option<(usize, usize)> {
    let text = around.text;
    text.get(end..)?.strip_prefix(':')?;
    let at = around.last_at(end + 1)?;
    let host = text.get(at + 1..)?;
    let length =
        host.bytes().take(256).position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')));
    let host = host.get(..length.unwrap_or(host.len().min(256)))?;
    let is_host = host.trim_end_matches('.').contains('.')
        || !host.is_empty() && text.get(at + 1 + host.len()..).is_some_and(begins_with_port);
    (is_host && at > end + 1).then_some((end + 1, at))
}

/// Whether a text begins with a colon and a port; what is longer, or goes on, may be a digest.
fn begins_with_port(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(':') else { return false };
    let digits = rest.bytes().take(6).take_while(u8::is_ascii_digit).count();
    (1..=5).contains(&digits) && !rest.as_bytes().get(digits).is_some_and(u8::is_ascii_alphanumeric)
}
