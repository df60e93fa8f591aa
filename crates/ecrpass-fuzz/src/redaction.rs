//! Redaction: whatever stands around them, planted tokens are gone, and doing it twice changes nothing more.

use ecrpass_core::redact::redact;
use ecrpass_json::mask;

use crate::hold::{hidden, planted};

/// The password of a token, as ECR gives it, on a line of its own below the text.
const PASSWORD: &str = "eyJwYXlsb2FkIjoicGxhbnRlZCIsImRhdGFrZXkiOiJBUUVCQUgiLCJ2ZXJzaW9uIjoiMiIsInR5cGUiOiJEQVRBX0tFWSIsImV4cGlyYXRpb24iOjE4MDAwMDAwMDB9";

/// Redacts a text, and one with a token below it.
pub fn run(input: &[u8]) {
    let Some(text) = planted(input) else { return };
    let safe = redact(&text);
    hidden(&safe, "a redacted text");
    let twice = redact(&safe);
    assert_eq!(twice, safe, "redacted twice is not once: {text:?}");
    let below = format!("{text}\n{PASSWORD}\n");
    assert!(!redact(&below).contains(PASSWORD), "a password on a line of its own: {below:?}");
    hidden(&mask(&text), "a masked text");
}
