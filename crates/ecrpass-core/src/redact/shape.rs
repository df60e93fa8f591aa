//! Secrets that give themselves away by their shape.

/// A run this long of mixed letters and digits is a token of some kind. Longer than any hash in hexadecimal or id.
const LONG: usize = 100;

/// Prefixes of tokens that may be shorter, with the least length of the whole.
const PREFIXES: [(&str, usize); 8] = [
    // base64 of `{"`: ECR passwords and JSON web tokens
    ("eyJ", 40),
    // base64 of `AWS:`
    ("QVdTO", 16),
    ("ghp_", 30),
    ("ghs_", 30),
    ("gho_", 30),
    ("github_pat_", 30),
    ("glpat-", 20),
    ("dckr_pat_", 20),
];

/// Whether a word is a secret by itself.
pub(super) fn is_secret(word: &str) -> bool {
    PREFIXES.iter().any(|&(prefix, least)| word.len() >= least && word.starts_with(prefix))
        || is_secret_access_key(word)
        || (word.len() >= LONG && is_mixed(word) && longest_segment(word) >= 60)
}

/// 40 characters of base64 that are not a hash in hexadecimal.
fn is_secret_access_key(word: &str) -> bool {
    word.len() == 40
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'+'))
        && is_mixed(word)
}

fn is_mixed(word: &str) -> bool {
    let has = |test: fn(&u8) -> bool| word.as_bytes().iter().any(test);
    has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit)
}

/// Paths and host names have short segments; tokens do not.
fn longest_segment(word: &str) -> usize {
    word.split('.').map(str::len).max().unwrap_or_default()
}

/// First and last four characters of an AWS access key id. It is no secret, but half of one.
pub(super) fn access_key_id(word: &str) -> Option<(&str, &str)> {
    let is_id = word.len() == 20
        && (word.starts_with("AKIA") || word.starts_with("ASIA"))
        && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    is_id.then(|| (&word[..4], &word[16..]))
}
