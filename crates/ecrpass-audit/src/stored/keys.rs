//! Access keys of AWS in a text: an id of the exact form, with guards against all that only looks like one.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

/// A key id that is written in a text.
#[derive(Clone, Debug)]
pub struct FoundKey {
    /// Its places, in the order of the text.
    pub places: Vec<Range<usize>>,
    /// The bytes of the secret that goes with it, where one stands close by.
    pub secret: Option<Range<usize>>,
    /// Whether it is a session's, which ends by itself.
    pub is_temporary: bool,
}

static PREFIXES: LazyLock<[(Finder<'static>, bool); 2]> =
    LazyLock::new(|| [(Finder::new("AKIA"), false), (Finder::new("ASIA"), true)]);

/// The length of a key id.
const LENGTH: usize = 20;

/// Words that make a placeholder of an id.
const PLACEHOLDERS: [&str; 14] = [
    "EXAMPLE", "SAMPLE", "FAKE", "DUMMY", "TEST", "YOUR", "REPLACE", "CHANGEME", "MOCK", "NOTREAL",
    "INVALID", "REDACT", "PLACEHO", "XXXX",
];

/// How many lines around a key are looked at for what tells an emulator, and for its secret.
const AROUND: usize = 6;

/// How many keys of a text are told.
const MAX_TOLD: usize = 200;

/// The keys of a text, each id once.
pub fn find(text: &str) -> Vec<FoundKey> {
    let mut found: Vec<(&str, FoundKey)> = Vec::new();
    let mut index = std::collections::HashMap::new();
    for (finder, is_temporary) in PREFIXES.iter() {
        for at in finder.find_iter(text.as_bytes()) {
            let Some(id) = id_at(text, at) else { continue };
            let bytes = at..at + LENGTH;
            if is_placeholder(id) || is_only_named(text, &bytes) || is_emulators(text, &bytes) {
                continue;
            }
            let place = *index.entry(id).or_insert(found.len());
            match found.get_mut(place) {
                Some((_, key)) => key.places.push(bytes),
                None => {
                    let secret = secret_near(text, &bytes);
                    found.push((id, FoundKey { places: vec![bytes], secret, is_temporary: *is_temporary }));
                }
            }
        }
    }
    let mut keys: Vec<FoundKey> = found.into_iter().map(|(_, key)| key).collect();
    keys.sort_by_key(|key| key.places.first().map(|bytes| bytes.start));
    keys.truncate(MAX_TOLD);
    keys
}

/// An id that stands there by itself: not within a longer word, an ARN, a hash or a regular expression.
fn id_at(text: &str, at: usize) -> Option<&str> {
    let bytes = text.as_bytes();
    let id = text.get(at..at + LENGTH)?;
    let is_form = id.bytes().skip(4).all(|byte| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte));
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+');
    let before = at.checked_sub(1).and_then(|at| bytes.get(at)).copied().unwrap_or(b' ');
    let after = bytes.get(at + LENGTH).copied().unwrap_or(b' ');
    // `\n` and `\t` of a text in JSON are no letters.
    let is_escape = matches!(before, b'n' | b't' | b'r') && at >= 2 && bytes.get(at - 2) == Some(&b'\\');
    let is_apart = is_escape || !is_word(before) && before != b'/';
    (is_form && is_apart && !is_word(after)).then_some(id)
}

fn is_placeholder(id: &str) -> bool {
    let rest = id.get(4..).unwrap_or_default();
    crate::placeholder::is_placeholder(id)
        || PLACEHOLDERS.iter().any(|word| rest.contains(word))
        || entropy(rest) < 3.0
        || is_sequence(rest)
}

/// Bits for each letter.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 128];
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let all = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / all)
        .map(|share| -share * share.log2())
        .sum()
}

/// `ABCDEFGH…`, `QRSTUVWX234567`: letters and digits in their order.
fn is_sequence(text: &str) -> bool {
    let bytes = text.as_bytes();
    let pairs = bytes.windows(2).filter(|pair| matches!(pair, [one, next] if *next == one.wrapping_add(1)));
    pairs.count() * 3 >= text.len() * 2
}

/// Whether a key is named to be switched off or looked at, or is a part of a signed address: the key itself is elsewhere.
fn is_only_named(text: &str, bytes: &Range<usize>) -> bool {
    let after = text.get(bytes.end..).unwrap_or_default();
    if after.starts_with("/20") || after.starts_with("%2F") || after.starts_with("%2f") {
        return true;
    }
    let line = lines_around(text, bytes, 0);
    ["update-access-key", "delete-access-key", "get-access-key-last-used", "get-access-key-info"]
        .iter()
        .any(|command| line.contains(command))
}

/// Whether an emulator's address stands close by.
fn is_emulators(text: &str, bytes: &Range<usize>) -> bool {
    let around = lines_around(text, bytes, AROUND).to_ascii_lowercase();
    let names = [
        "localhost",
        "127.0.0.1",
        "localstack",
        "minio",
        "dynamodb-local",
        "dynamodb:8000",
        "moto",
        "elasticmq",
    ];
    around.contains("endpoint") && names.iter().any(|name| around.contains(name))
}

/// The secret that goes with an id: forty letters by themselves, a few lines away.
fn secret_near(text: &str, bytes: &Range<usize>) -> Option<Range<usize>> {
    let Range { start, end } = range_around(text, bytes, 3);
    let around = text.get(start..end).unwrap_or_default();
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'/' || byte == b'+';
    let letters = around.as_bytes();
    let mut at = 0;
    let mut nearest: Option<Range<usize>> = None;
    while at < letters.len() {
        let length = letters.iter().skip(at).take_while(|byte| is_letter(**byte)).count();
        if length == 40 && around.get(at..at + 40).is_some_and(|secret| entropy(secret) > 3.8) {
            let found = start + at..start + at + 40;
            let distance = |range: &Range<usize>| range.start.abs_diff(bytes.start);
            if nearest.as_ref().is_none_or(|known| distance(&found) < distance(known)) {
                nearest = Some(found);
            }
        }
        at += length.max(1);
    }
    nearest
}

/// The lines of a piece, and as many before and behind it.
fn lines_around<'a>(text: &'a str, bytes: &Range<usize>, lines: usize) -> &'a str {
    text.get(range_around(text, bytes, lines)).unwrap_or_default()
}

/// The same as bytes; a line that is very long is cut.
fn range_around(text: &str, bytes: &Range<usize>, lines: usize) -> Range<usize> {
    const LONGEST: usize = 1200;
    let least = floor(text, bytes.start.saturating_sub(LONGEST));
    let most = floor(text, bytes.end.saturating_add(LONGEST).min(text.len()));
    let before = text.get(least..bytes.start).unwrap_or_default();
    let start = before.rmatch_indices('\n').nth(lines).map_or(least, |(at, _)| least + at + 1);
    let behind = text.get(bytes.end..most).unwrap_or_default();
    let end = behind.match_indices('\n').nth(lines).map_or(most, |(at, _)| bytes.end + at);
    start..end
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // Put together here, so that no scanner takes this file for one that holds a key.
    fn key(rest: &str) -> String {
        format!("AK{}{rest}", "IA")
    }

    #[test]
    fn keys_are_found_with_their_secrets() {
        let id = key("Q4J7ZT2LXW5NB3RC");
        let secret = "hV7k2Qz9+aB/x3Lm4TxWq".to_owned() + "8RfY6uJc1NdZeG5sOpK";
        let text = format!("a: {id}\nb: x\nsecret: {secret}\nagain {id}\n");
        let [found] = find(&text).try_into().unwrap_or_else(|keys: Vec<FoundKey>| panic!("{keys:?}"));
        assert_eq!(found.places.len(), 2);
        assert_eq!(&text[found.secret.unwrap()], secret);
        for text in [
            format!("\"{id}\""),
            format!("AWS_ACCESS_KEY_ID={id}"),
            format!("--aws-key={id},"),
            format!("{{\"env\":\"x\\n{id}\\n\"}}"),
        ] {
            assert_eq!(find(&text).len(), 1, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_key_is_none() {
        let id = key("Q4J7ZT2LXW5NB3RC");
        for text in [
            key("IOSFODNN7EXAMPLE"),
            key("XXXXXXXXXXXXXXXX"),
            key("ABCDEFGHIJKLMNOP"),
            key("AAAABBBBCCCCDDDD"),
            key("Q4J7ZT2LXW5NB3R"),
            key("Q4J7ZT2LXW5NB3R0"),
            key("[0-9A-Z]{16}"),
            key("................"),
            format!("x{id}"),
            format!("{id}x"),
            format!("prefix_{id}"),
            format!("arn:aws:iam::1:x/{id}"),
            format!("https://b.s3.amazonaws.com/x?X-Amz-Credential={id}%2F20260101%2Fus-east-1"),
            format!("aws iam update-access-key --access-key-id {id} --status Inactive"),
            format!("AWS_ENDPOINT_URL=http://localhost:4566\nAWS_ACCESS_KEY_ID={id}\n"),
            format!("AI{}Q4J7ZT2LXW5NB3RC", "DA"),
        ] {
            assert!(find(&text).is_empty(), "{text}");
        }
    }

    #[test]
    fn sessions_are_told_apart() {
        let text = format!("AS{}Q4J7ZT2LXW5NB3RC", "IA");
        assert!(find(&text)[0].is_temporary);
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "(AKIA|[A-Z2-7]{4,20}|[ -~\n]{0,9}|ä){0,12}") {
            for key in find(&text) {
                for place in key.places.iter().chain(&key.secret) {
                    prop_assert!(text.get(place.clone()).is_some());
                }
            }
        }
    }
}
