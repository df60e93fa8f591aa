//! Bytes in hexadecimal digits, and hashes written so.

use std::fmt::Write as _;

/// In lower case, two digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Whether that is a SHA-256 as [`hex`] writes it: 64 digits in lower case.
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_two_digits() {
        assert_eq!(hex(&[0, 0x0a, 0xff]), "000aff");
    }

    #[test]
    fn a_sha256_has_64_digits_in_lower_case() {
        assert!(is_sha256(&hex(&[0xa9; 32])));
        for other in [hex(&[0xa9; 31]), hex(&[0xa9; 33]), hex(&[0xa9; 32]).to_uppercase(), "g".repeat(64)] {
            assert!(!is_sha256(&other), "{other}");
        }
    }
}
