//! JSON that Rust's strings cannot hold: halves of surrogate pairs, and bytes that are not UTF-8. Programs in other languages
//! write both, in a user agent for example, and a record must not be lost for that.

/// The same text with U+FFFD in the place of what cannot be held.
pub fn repaired(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut repaired = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some((before, escape)) = rest.find('\\').and_then(|at| rest.split_at_checked(at)) {
        repaired.push_str(before);
        let (kept, length) = match surrogate(escape) {
            None => (escape, escape.chars().take(2).map(char::len_utf8).sum()),
            Some(0xd800..=0xdbff) if is_low(escape.get(6..)) => (escape, 12),
            Some(_) => ("\\ufffd", 6),
        };
        repaired.push_str(kept.get(..length).unwrap_or(kept));
        rest = escape.get(length..).unwrap_or_default();
    }
    repaired.push_str(rest);
    repaired
}

/// The half of a pair that an escape is.
fn surrogate(escape: &str) -> Option<u16> {
    let digits = escape.strip_prefix("\\u")?.get(..4)?;
    let is_hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let unit = is_hexadecimal.then(|| u16::from_str_radix(digits, 16).ok()).flatten()?;
    (0xd800..=0xdfff).contains(&unit).then_some(unit)
}

fn is_low(escape: Option<&str>) -> bool {
    escape.and_then(surrogate).is_some_and(|unit| unit >= 0xdc00)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_are_replaced_and_pairs_are_kept() {
        for (text, expected) in [
            (r#""half \ud83d pair""#, "half \u{fffd} pair"),
            (r#""\ud83d\ude80""#, "\u{1f680}"),
            (r#""\ude80\ud83d""#, "\u{fffd}\u{fffd}"),
            (r#""\ud83d\ud83d\ude80""#, "\u{fffd}\u{1f680}"),
            (r#""\\ud83d""#, "\\ud83d"),
            (r#""\ud83d""#, "\u{fffd}"),
            (r#""\"\\""#, "\"\\"),
        ] {
            let repaired = repaired(text.as_bytes());
            assert_eq!(serde_json::from_str::<String>(&repaired).unwrap(), expected, "{text}");
        }
        assert_eq!(serde_json::from_str::<String>(&repaired(b"\"a\xff\"")).unwrap(), "a\u{fffd}");
        assert_eq!(repaired(b"\\"), "\\");
    }

    proptest! {
        #[test]
        fn what_is_sound_stays_as_it_is(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(repaired(json.as_bytes()), json);
        }

        #[test]
        fn any_escapes_become_readable(words in proptest::collection::vec(
            proptest::sample::select(vec!["\\ud83d", "\\ude80", "\\\\", "\\n", "x", "é", "\\u0041"]), 0..12)) {
            let json = format!("\"{}\"", words.concat());
            prop_assert!(serde_json::from_str::<String>(&repaired(json.as_bytes())).is_ok());
        }
    }
}
