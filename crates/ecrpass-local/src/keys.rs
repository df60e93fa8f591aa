//! Access key ids that encode their account, as AWS's have done since 2019.
//!
//! After the four-letter prefix, sixteen base32 characters; their first six bytes, read as a number, hold a set
//! top bit, the account shifted left by seven, and seven more bits. Found by T. Be'ery and A. Steele; AWS has
//! not documented it.

use ecrpass_core::Secret;

use crate::random;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A new access key id of `account`, `AKIA…` or `ASIA…` by `prefix`.
pub(crate) fn access_key_id(prefix: &str, account: &str) -> String {
    encode(prefix, account, random::bytes(5).try_into().unwrap_or_default())
}

/// The id with these five bytes in the places that do not hold the account.
pub(crate) fn encode(prefix: &str, account: &str, filler: [u8; 5]) -> String {
    let account: u64 = account.parse().unwrap_or_default();
    let [first, rest @ ..] = filler;
    let head = 1 << 47 | account << 7 | u64::from(first & 0x7f);
    let bits = rest.iter().fold(u128::from(head), |bits, byte| bits << 8 | u128::from(*byte));
    let digit = |at: u32| usize::try_from(bits >> (at * 5) & 31).ok().and_then(|digit| BASE32.get(digit));
    let digits = (0..16).rev().filter_map(|at| digit(at).copied().map(char::from));
    prefix.chars().chain(digits).collect()
}

/// The account an access key id encodes.
#[cfg(test)]
pub(crate) fn account_of(id: &str) -> Option<String> {
    let mut bits = 0_u128;
    for byte in id.get(4..20)?.bytes() {
        bits = bits << 5 | BASE32.iter().position(|&digit| digit == byte)? as u128;
    }
    let head = bits >> 32;
    (head >> 47 == 1).then(|| format!("{:012}", (head & 0x7fff_ffff_ff80) >> 7))
}

/// A new secret access key: forty characters, as AWS's.
pub(crate) fn secret_access_key() -> Secret {
    Secret::new(random::base64(30))
}

/// A new unique id, such as `AIDA…`.
pub(crate) fn unique_id(prefix: &str) -> String {
    format!("{prefix}{}", random::text(17, BASE32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_encode_the_account() {
        // Published examples, and one made by LocalStack.
        for (id, account) in [
            ("ASIAY34FZKBOKMUTVV7A", "609629065308"),
            ("ASIAQNZGKIQY56JQ7WML", "029608264753"),
            ("AKIARZPUZDIKGB2VALC4", "123456789012"),
        ] {
            assert_eq!(account_of(id).as_deref(), Some(account));
        }
        assert_eq!(account_of("AKIAIOSFODNN7EXAMPLE"), None);
        for account in ["000000000000", "123456789012", "999999999999"] {
            let id = access_key_id("ASIA", account);
            assert_eq!(id.len(), 20);
            assert_eq!(account_of(&id).as_deref(), Some(account), "{id}");
        }
        assert_eq!(secret_access_key().expose().len(), 40);
    }
}
