//! What is read, against `serde_json`, and what Go reads besides.

use proptest::prelude::*;

use super::*;

/// Our reading as the oracle's type; the last of several equal keys counts, as there.
fn plain(value: &Value, text: &str) -> serde_json::Value {
    match &value.kind {
        JsonKind::Null => serde_json::Value::Null,
        JsonKind::Bool | JsonKind::Number => serde_json::from_str(&text[value.span.clone()]).unwrap(),
        JsonKind::String(string) => serde_json::Value::from(string.as_str()),
        JsonKind::Array(values) => values.iter().map(|value| plain(value, text)).collect(),
        JsonKind::Deep { .. } => unreachable!("only the first value is read so"),
        JsonKind::Object(members) => serde_json::Value::Object(
            members.iter().map(|member| (member.key.clone(), plain(&member.value, text))).collect(),
        ),
    }
}

fn message(text: &str) -> String {
    let error = parse(text).err().unwrap();
    format!("{}: {}", error.offset, error.message)
}

#[test]
fn mistakes_are_named_where_they_are() {
    for (text, expected) in [
        ("", "0: the text ends where a value should be"),
        ("{\"a\" 1}", "5: expected a colon after the key, found '1'"),
        ("{\"a\": 1,\n\n}", "7: there is an extra comma before the closing brace"),
        ("{\"a\": 1 \"b\": 2}", "8: expected a comma or the closing brace, found '\"'"),
        ("{'a': 1}", "1: expected a key in double quotes, found '\\''"),
        ("{\"a\": // x\n1}", "6: comments are not allowed in this file"),
        ("{\"a\": \"x", "6: the quote opened here is not closed"),
        ("{\"a\": \"x\ny\"}", "8: a line break or control character stands inside a string"),
        ("{\"a\": \"\\x\"}", "7: no such escape in a string"),
        ("{} {}", "3: there is more after the end of the value"),
        ("{\"a\": 01}", "7: expected a comma or the closing brace, found '1'"),
        ("\u{feff}{}", "0: a byte order mark is in a place where none is allowed"),
    ] {
        assert_eq!(message(text), expected, "{text}");
    }
}

#[test]
fn depth_is_bounded() {
    assert!(message(&"[".repeat(100_000)).ends_with("nested too deeply"));
    assert!(parse(&format!("{}1{}", "[".repeat(150), "]".repeat(150))).is_ok());
}

#[test]
fn go_reads_deeper_and_only_the_first_value() {
    let nested = |depth: usize| {
        format!("{}{}{}", "[{\"a\":".repeat(depth / 2), "[]", "}]".repeat(depth / 2)) // two levels each
    };
    let first = |text: &str| parse_first(usize::MAX, text).map(|(value, rest)| (value.span, rest));
    for depth in [150, 300, 9_998] {
        let text = nested(depth);
        assert_eq!(first(&text).unwrap(), (0..text.len(), None), "{depth}");
    }
    assert!(first(&nested(10_000)).unwrap_err().message.ends_with("nested too deeply"));
    assert!(first(&"[".repeat(1_000_000)).unwrap_err().message.ends_with("nested too deeply"));
    assert_eq!(first("{} }").unwrap(), (0..2, Some(3)));
    assert_eq!(first("{}\n").unwrap(), (0..2, None));
    // Whatever is passed over is still JSON, and still counted.
    for (end, is_good) in [
        ("1", true),
        ("1,", false),
        ("{\"a\" 1}", false),
        ("{,}", false),
        ("\"\\x\"", false),
        ("[1,{}]", true),
    ] {
        let text = format!("{}{end}{}", "[".repeat(205), "]".repeat(205));
        assert_eq!(first(&text).is_ok(), is_good, "{end}");
    }
    assert!(parse_first(205, &nested(300)).err().unwrap().message.contains("more than 205 values"));
}

#[test]
fn surrogates_are_read_as_go_reads_them() {
    for (text, expected) in [
        (r#""\ud83d\ude00""#, "😀"),
        (r#""\ud83dx""#, "\u{fffd}x"),
        (r#""\ud83d\u0041""#, "\u{fffd}A"),
        (r#""\ude00""#, "\u{fffd}"),
    ] {
        assert_eq!(parse(text).ok().unwrap().text(), Some(expected), "{text}");
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i32>().prop_map(serde_json::Value::from),
        ".{0,8}".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::vec((".{0,4}", inner), 0..4)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_serde_writes_is_read_back(value in json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let read = parse(&text).ok().unwrap();
        prop_assert_eq!(plain(&read, &text), value);
        prop_assert_eq!(read.span, 0..text.len());
    }

    #[test]
    fn a_damaged_text_is_accepted_only_if_serde_accepts_it(
        value in json(), at in any::<prop::sample::Index>(), with in "[\\[\\]{}:,\" 0-9a-z\\\\\n.e-]{0,3}",
    ) {
        let mut text = serde_json::to_string_pretty(&value).unwrap();
        let at = at.index(text.len() + 1);
        prop_assume!(text.is_char_boundary(at));
        text.insert_str(at, &with);
        let ours = parse(&text);
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(theirs) => prop_assert_eq!(ours.ok().map(|value| plain(&value, &text)), Some(theirs)),
            // serde refuses lone surrogates and numbers beyond its range.
            Err(error) => prop_assert!(
                ours.is_err() || error.to_string().contains("surrogate") || error.to_string().contains("range"),
                "{:?}: {}", text, error
            ),
        }
    }

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        let _ = parse(&text);
    }
}
