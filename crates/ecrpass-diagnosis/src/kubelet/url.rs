//! A pattern as the kubelet takes it apart: as the rest of a URL behind `https://`. What is none keeps it from starting.
//!
//! Source: Kubernetes `pkg/credentialprovider/keyring.go`, `ParseSchemelessURL`; Go 1.26 `net/url`, `Parse`.

use std::net::Ipv6Addr;

/// A pattern, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Address {
    /// What stands in front of an `@`: the kubelet does not look at it.
    pub has_user: bool,
    /// The host, without its port.
    pub host: String,
    /// The port; empty where none is named.
    pub port: String,
    /// The path, with the slash in front; empty where there is none.
    pub path: String,
    /// `?` or `#`, from which on nothing is looked at.
    pub cut: Option<char>,
}

/// Takes a pattern apart. `one_colon`: whether a host with several colons is none, as since Kubernetes 1.36.
///
/// # Errors
/// Why Go takes it for no URL.
pub(super) fn parse(text: &str, one_colon: bool) -> Result<Address, String> {
    let (before, fragment) = match text.split_once('#') {
        Some((before, fragment)) => (before, Some(fragment)),
        None => (text, None),
    };
    if before.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err("a control character stands in it".to_owned());
    }
    let (rest, query) = match before.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (before, None),
    };
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let host = of_host(host, one_colon)?;
    if let Some(user) = user {
        let is_of_user = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
        if !user.bytes().all(is_of_user) {
            return Err("what stands in front of `@` is no name of a user".to_owned());
        }
        unescaped(user)?;
    }
    let path = unescaped(path)?;
    unescaped(fragment.unwrap_or_default())?;
    let cut = match (query, fragment) {
        (Some(_), _) => Some('?'),
        (None, Some(_)) => Some('#'),
        _ => None,
    };
    let (host, port) = split_port(&host);
    Ok(Address { has_user: user.is_some(), host, port, cut, path })
}

/// `net.SplitHostPort`, which leaves what it does not understand as it is.
fn split_port(host: &str) -> (String, String) {
    let is_ip = host.starts_with('[');
    match host.rsplit_once(':') {
        Some((name, port)) if is_ip && name.ends_with(']') => {
            (name.trim_matches(['[', ']']).to_owned(), port.to_owned())
        }
        Some((name, port)) if !is_ip && !name.contains(':') => (name.to_owned(), port.to_owned()),
        _ => (host.to_owned(), String::new()),
    }
}

fn of_host(host: &str, one_colon: bool) -> Result<String, String> {
    match host.rfind('[') {
        Some(0) => {
            let end = host.rfind(']').ok_or("a `[` is not closed")?;
            let (ip, port) = (host.get(1..end).unwrap_or_default(), host.get(end + 1..).unwrap_or_default());
            is_port(port)?;
            let address = ip.split('%').next().unwrap_or_default();
            if address.parse::<Ipv6Addr>().is_err() {
                return Err("between `[` and `]` stands an address of IPv6, nothing else".to_owned());
            }
            return Ok(host.to_owned());
        }
        Some(_) => return Err("between `[` and `]` stands an address of IPv6, nothing else".to_owned()),
        None => {}
    }
    let colon = if one_colon { host.find(':') } else { host.rfind(':') };
    if let Some(colon) = colon {
        is_port(host.get(colon..).unwrap_or_default())?;
    }
    for c in host.chars() {
        let is_taken = !c.is_ascii() || c.is_ascii_alphanumeric() || "!$&'()*+,;=:[]<>\"-_.~%".contains(c);
        if !is_taken {
            return Err(format!("{c:?} has no place in a host"));
        }
    }
    // Bytes that are no ASCII alone may be written so.
    let mut rest = host;
    while let Some((_, behind)) = rest.split_once('%') {
        let is_beyond = behind.starts_with(|c: char| c.is_ascii_hexdigit() && !c.is_digit(8));
        if !is_beyond && !behind.starts_with("25") {
            return Err("`%` has no place in a host".to_owned());
        }
        rest = behind;
    }
    unescaped(host)
}

/// Empty, or a colon and digits.
fn is_port(text: &str) -> Result<(), String> {
    match text.strip_prefix(':') {
        None if text.is_empty() => Ok(()),
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Ok(()),
        _ => Err("behind the colon stands no port".to_owned()),
    }
}

fn unescaped(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('%') {
        let digits = behind.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.extend(before.as_bytes());
        bytes.push(byte.ok_or("behind `%` stand two hexadecimal digits")?);
        rest = behind.get(2..).unwrap_or_default();
    }
    bytes.extend(rest.as_bytes());
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Go 1.26.8 was asked.
    #[test]
    fn urls_are_those_of_go() {
        for text in [
            "",
            "*",
            "*:443",
            "registry:5000",
            "user@host.com",
            "host.com:",
            "host.com:99999",
            "host.com/a b",
            "//host.com",
            "host.com#frag",
            "host.com/path?x=1",
            "https://host.com",
            "http://host.com:80",
            "<x>.com",
            "bücher.example",
            "[::1]:5000",
            "[::1]",
            "a,b",
            "host.com/a:b",
            "host.com/%41",
            "$x.com",
            "%c3.com",
        ] {
            assert!(parse(text, true).is_ok(), "{text}: {:?}", parse(text, true));
        }
        for text in [
            "host.com:abc",
            "host.com:*",
            "a\\b.com",
            "a[.com",
            "[a-z].com",
            "[!1]*.com",
            "[0-9]+.com",
            "${A}.com",
            "*.{us,eu}.com",
            "%zz.com",
            "host.com/%zz",
            "^x$",
            "a|b.com",
            "a`b.com",
            "a b.com",
            "2001:db8::1",
            "a\tb",
            "%41.com",
            "us\u{7f}",
            "u|@host",
            "[1.2.3.4]",
            "[::1",
            "a%",
            "host.com/#%z",
        ] {
            assert!(parse(text, true).is_err(), "{text}");
        }
        assert!(parse("2001:db8::1", false).is_ok());
        let parts = parse("u:p@a.b:5/x%41?q", true).unwrap();
        assert_eq!(
            (parts.host.as_str(), parts.port.as_str(), parts.path.as_str(), parts.cut, parts.has_user),
            ("a.b", "5", "/xA", Some('?'), true)
        );
        assert_eq!(parse("a.us-?.b", true).unwrap().cut, Some('?'));
    }
}
