//! Which patterns the kubelet takes for an address at all: with another one it does not start.
//!
//! Source: Kubernetes `pkg/credentialprovider/keyring.go`, `ParseSchemelessURL`, and Go's `net/url`.

/// Why `https://` and this pattern are no address.
pub fn refused(pattern: &str) -> Option<String> {
    let (rest, fragment) = pattern.split_once('#').unwrap_or((pattern, ""));
    let rest = before_query(rest);
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if let Some(control) = pattern.chars().find(char::is_ascii_control) {
        return Some(format!("`{}` cannot be in it", control.escape_debug()));
    }
    if let Some(at) = [path, fragment].into_iter().find_map(|part| bad_escape(part, 0)) {
        return Some(format!("`{at}` is no escape like %2F"));
    }
    if let Some(at) = bad_escape(host, 0x80) {
        return Some(format!("`{at}` cannot be in a host"));
    }
    if let Some(bad) = host.chars().find(|c| c.is_ascii() && !is_of_host(*c)) {
        return Some(format!("`{bad}` cannot be in a host"));
    }
    let port = match (host.find('['), host.find(':')) {
        (Some(0), _) => match host.rsplit_once(']') {
            Some((_, port)) => port,
            None => return Some("`[` begins an address of IPv6, and no `]` ends it".to_owned()),
        },
        (Some(_), _) => return Some("`[` cannot be inside of a host".to_owned()),
        (None, Some(colon)) => host.get(colon..).unwrap_or_default(),
        (None, None) => "",
    };
    let is_port = port.is_empty()
        || port.strip_prefix(':').is_some_and(|digits| digits.chars().all(|c| c.is_ascii_digit()));
    (!is_port).then(|| format!("`{}` is not a port", port.strip_prefix(':').unwrap_or(port)))
}

/// What is before a query, which is no part of what is compared.
pub fn before_query(pattern: &str) -> &str {
    pattern.split(['?', '#']).next().unwrap_or(pattern)
}

/// The first `%` that begins no escape, or that of a byte below `least`.
fn bad_escape(text: &str, least: u8) -> Option<String> {
    text.match_indices('%').find_map(|(at, _)| {
        let digits = text.get(at + 1..at + 3);
        let byte = digits
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        byte.is_none_or(|byte| byte < least)
            .then(|| text.get(at..).unwrap_or_default().chars().take(3).collect())
    })
}

fn is_of_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.~!$&'()*+,;=:[]<>\"%".contains(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // What Go 1.26 says of each was asked for; the lab asks it again (tests/e2e/matrix/kubelet_check.rs).
    #[test]
    fn addresses_are_what_go_takes_for_one() {
        for good in [
            "*.dkr.ecr.*.amazonaws.com",
            "localhost:5000/x",
            "h:99999",
            "h:",
            "[::1]:5000/x",
            "h/a b",
            "h/%2F",
            "h?%zz",
            "user@h",
            "h/{x}",
            "é.com",
            "",
        ] {
            assert_eq!(refused(good), None, "{good}");
        }
        for bad in [
            "h:x", "::1", "[::1", "a[0-9]", "[0-9]*", "%zz.com", "h%", "h/%zz", "{a}", "a\\b", "a^b", "a b",
            "h\n", "h#%z", "%41",
        ] {
            assert!(refused(bad).is_some(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in any::<String>(), like in "[%a-f0-9:/?#@\\[\\]*.]{0,20}") {
            let _ = (refused(&text), refused(&like));
        }
    }
}
