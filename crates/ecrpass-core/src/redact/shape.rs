//! Secrets that give themselves away by their shape.

use super::word::Word;

/// A run this long of mixed letters and digits is a token of some kind. Longer than any hash in hexadecimal or id.
const LONG: usize = 100;

/// Prefixes of tokens that may be shorter, with the least length of the whole.
const PREFIXES: [(&str, usize); 20] = [
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
    ("dckr_oat_", 20),
    ("ghu_", 30),
    ("ghr_", 30),
    ("glptt-", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("xoxa-", 20),
    ("xoxr-", 20),
    ("xoxs-", 20),
    ("hvs.", 24),
    ("npm_", 36),
    ("sk_live_", 20),
];

/// The shortest of all.
const SHORTEST: usize = 16;

/// Whether a word is a secret by itself, but for the punctuation around it.
pub(super) fn is_secret(word: &str) -> bool {
    if word.len() < SHORTEST {
        return false;
    }
    let bare = word.trim_matches(['.', '-', '_', '~', '%']);
    has_prefix(bare)
        || is_secret_access_key(word)
        || is_secret_access_key(bare)
        || (word.len() >= LONG && is_mixed(word) && longest_segment(word) >= 60)
}

fn has_prefix(bare: &str) -> bool {
    // `npm_gets_the_platforms_first` is a name.
    let is_mixed = || bare.bytes().any(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    PREFIXES.iter().any(|&(prefix, least)| bare.len() >= least && bare.starts_with(prefix)) && is_mixed()
}

/// Where in a word a secret begins that stands in the place of a name: `role/x`, `HOST/team/x`, `assumed-role/ci/x`.
pub(super) fn in_place_of_a_name(word: &str) -> Option<usize> {
    let first = word.bytes().position(|b| b == b'/')?;
    if word.len() - first < SHORTEST {
        return None;
    }
    let begin = word.get(..first)?;
    // In other paths 40 letters and digits are names of directories.
    let is_named = begin.contains('.')
        || matches!(
            begin,
            "role" | "user" | "group" | "policy" | "assumed-role" | "repository" | "federated-user"
        );
    let segments = word.bytes().enumerate().filter(|&(_, b)| b == b'/').map(|(at, _)| at + 1);
    let is_it = |at: &usize| {
        let name = word.get(*at..).unwrap_or_default();
        let segment = name.split('/').next().unwrap_or_default();
        let name = name.trim_end_matches(['.', '-', '_']);
        segment.len() >= SHORTEST && has_prefix(segment) || is_named && is_secret_access_key(name)
    };
    segments.take(MOST_SEGMENTS).find(is_it)
}

/// How many parts of a path are looked at.
const MOST_SEGMENTS: usize = 16;

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

/// Where AWS access key ids stand in a word: `AKIA…/20250101/us-east-1`, `AKIA…%2F20250101`.
pub(super) fn access_key_ids(text: &str, word: &Word) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    if word.end - word.start < ID {
        return found;
    }
    let mut at = word.start;
    for piece in text
        .get(word.start..word.end)
        .unwrap_or_default()
        .split_inclusive(|c: char| !c.is_ascii_alphanumeric())
    {
        let bare = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        // `%3DAKIA…`: two digits belong to the escape.
        let is_escaped = text.get(..at).is_some_and(|before| before.ends_with('%'));
        let skipped = usize::from(is_escaped) * 2;
        if bare.get(skipped..).is_some_and(is_access_key_id) {
            found.push((at + skipped, at + bare.len()));
        }
        at += piece.len();
    }
    found
}

/// The length of an access key id.
const ID: usize = 20;

fn is_access_key_id(word: &str) -> bool {
    word.len() == ID
        && (word.starts_with("AKIA") || word.starts_with("ASIA"))
        && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}
