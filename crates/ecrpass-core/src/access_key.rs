//! What an access key id tells by itself: whether it is temporary, and which account it is likely of.

/// What kind of key it is. Source: IAM User Guide, "IAM identifiers", unique identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// A user's or the root user's key (`AKIA`).
    LongTerm,
    /// A session's key, which needs its session token (`ASIA`).
    Temporary,
    /// Something else, or no key id at all.
    Other,
}

/// The kind of a key.
pub fn kind(id: &str) -> KeyKind {
    match id.get(..4) {
        Some("AKIA") => KeyKind::LongTerm,
        Some("ASIA") => KeyKind::Temporary,
        _ => KeyKind::Other,
    }
}

/// The account a key is likely of; `None` where it does not say.
///
/// The format is not documented. Behind the prefix, in base32, the first 48 bits hold a marker and the account; keys
/// from before 2019 lack the marker. Verified against published keys (A. Steele, T. Be'ery, 2023).
pub fn account(id: &str) -> Option<String> {
    if kind(id) == KeyKind::Other || id.len() != 20 {
        return None;
    }
    let mut bits: u64 = 0;
    // Ten characters hold the 48 bits, and two more.
    for c in id.get(4..14)?.bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'2'..=b'7' => c - b'2' + 26,
            _ => return None,
        };
        bits = bits << 5 | u64::from(value);
    }
    let bits = bits >> 2;
    let has_marker = bits >> 47 == 1;
    has_marker.then(|| format!("{:012}", (bits & 0x7fff_ffff_ff80) >> 7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_their_account() {
        for (id, expected) in [
            ("ASIAY34FZKBOKMUTVV7A", Some("609629065308")),
            ("ASIAQNZGKIQY56JQ7WML", Some("029608264753")),
            ("AKIARZPUZDIKGB2VALC4", Some("123456789012")),
            ("AKIAIOSFODNN7EXAMPLE", None),
            ("AKIAI44QH8DHBEXAMPLE", None),
            ("AROAY34FZKBOKMUTVV7A", None),
            ("", None),
            ("ASIAé", None),
        ] {
            assert_eq!(account(id).as_deref(), expected, "{id}");
        }
        assert_eq!(
            (kind("ASIA1"), kind("AKIA1"), kind("x")),
            (KeyKind::Temporary, KeyKind::LongTerm, KeyKind::Other)
        );
    }
}
