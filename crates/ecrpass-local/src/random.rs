//! Random bytes and the texts made of them: ids, keys, session tokens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecrpass_core::hex::hex;
use rustls::crypto::ring;

/// `count` random bytes from the TLS library's generator.
pub(crate) fn bytes(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    // It fails only where the system has no entropy source; then nothing here would be a secret worth having,
    // and colliding ids are refused where they matter.
    let _ = ring::default_provider().secure_random.fill(&mut bytes);
    bytes
}

/// Base64 of `count` random bytes.
pub(crate) fn base64(count: usize) -> String {
    STANDARD.encode(bytes(count))
}

/// `count` characters out of `alphabet`.
pub(crate) fn text(count: usize, alphabet: &[u8]) -> String {
    bytes(count).into_iter().map(|byte| char::from(alphabet[usize::from(byte) % alphabet.len()])).collect()
}

/// A random UUID in its usual spelling.
pub(crate) fn uuid() -> String {
    let mut bytes = bytes(16);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// `sha256:` and the digest of `data`, as registries name content.
pub(crate) fn sha256_digest(data: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    format!("sha256:{}", hex(&Sha256::digest(data)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_comes_twice() {
        assert_ne!(uuid(), uuid());
        assert_eq!(uuid().len(), 36);
        assert_eq!(text(20, b"AB").len(), 20);
        assert_eq!(
            sha256_digest(b""),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
