//! Random bytes and the texts made of them: ids, keys, session tokens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
pub(crate) use ecrpass_core::hex::hex;
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
    let pick = |byte: u8| alphabet.get(usize::from(byte).checked_rem(alphabet.len())?);
    bytes(count).into_iter().filter_map(|byte| pick(byte).copied().map(char::from)).collect()
}

/// A random UUID in its usual spelling.
pub(crate) fn uuid() -> String {
    let random = bytes(16).try_into().map_or(0, u128::from_be_bytes);
    // Version 4, variant 1.
    let bits = random & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        bits >> 96,
        bits >> 80 & 0xffff,
        bits >> 64 & 0xffff,
        bits >> 48 & 0xffff,
        bits & 0xffff_ffff_ffff
    )
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
        let id = uuid();
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
        assert!(id.get(14..15) == Some("4") && "89ab".contains(id.get(19..20).unwrap()), "{id}");
        assert_eq!(text(20, b"AB").len(), 20);
        assert_eq!(
            sha256_digest(b""),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
