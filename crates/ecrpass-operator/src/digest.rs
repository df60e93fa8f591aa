//! SHA-256, by the library that is here for TLS anyway.

use ecrpass_core::hex::hex;
use rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;

/// The first 16 hexadecimal digits of a text's SHA-256: enough to tell things apart that nobody makes up.
pub fn short(bytes: &[u8]) -> String {
    let mut digest = full(bytes);
    digest.truncate(16);
    digest
}

/// All 64 of them.
pub fn full(bytes: &[u8]) -> String {
    match TLS13_AES_128_GCM_SHA256.tls13() {
        Some(suite) => hex(suite.common.hash_provider.hash(bytes).as_ref()),
        // A suite of TLS 1.3 is one.
        None => String::new(),
    }
}

/// A number that a text stands for, the same in every process.
pub fn number(text: &str) -> u64 {
    u64::from_str_radix(&short(text.as_bytes()), 16).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_sha_256() {
        // FIPS 180-4, "abc".
        assert_eq!(full(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(short(b"abc"), "ba7816bf8f01cfea");
        assert_eq!(number("abc"), 0xba78_16bf_8f01_cfea);
    }
}
