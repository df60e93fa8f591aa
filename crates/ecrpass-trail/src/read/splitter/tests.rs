//! Any division of a text into pieces gives the same records, and they are those that a parser finds.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// What a text is split into when it comes in such pieces, and whether it ends early.
fn split(text: &[u8], lengths: &[usize]) -> (Vec<String>, bool) {
    let mut splitter = Splitter::default();
    let mut found = Vec::new();
    let mut note = |piece: Piece<'_>| {
        found.push(match piece {
            Piece::Value(bytes, _) => String::from_utf8_lossy(bytes).into_owned(),
            other => format!("{other:?}"),
        });
    };
    let (mut buffer, mut rest) = (Vec::new(), text);
    for length in lengths.iter().cycle() {
        let (now, later) = rest.split_at((*length).min(rest.len()));
        buffer.extend_from_slice(now);
        let consumed = splitter.feed(&buffer, &mut note);
        buffer.drain(..consumed);
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    let ends_early = splitter.finish(&buffer, &mut note);
    (found, ends_early)
}

fn whole(text: &str) -> (Vec<String>, bool) {
    split(text.as_bytes(), &[text.len().max(1)])
}

#[test]
fn each_container_is_split_into_its_records() {
    for (text, expected) in [
        (
            r#"{"Records":[{"a":1},{"b":{"c":[2]}}]}"#,
            &["List", r#"{"a":1}"#, r#"{"b":{"c":[2]}}"#] as &[&str],
        ),
        ("{\n \"Records\" : [ {\"a\": 1} , {} ] }\n", &["List", r#"{"a": 1}"#, "{}"]),
        (r#"[{"a":1},{"b":2}]"#, &[r#"{"a":1}"#, r#"{"b":2}"#]),
        (r#"{"a":[1]}{"b":2}  {"c":3}"#, &[r#"{"a":[1]}"#, r#"{"b":2}"#, r#"{"c":3}"#]),
        ("{\"Records\":[{}]}\n{\"Records\":[{\"x\":0}]}", &["List", "{}", "List", r#"{"x":0}"#]),
        (r#"{"NextToken":"t","Events":[{"e":1}],"z":{}}"#, &["List", r#"{"e":1}"#]),
        (
            r#"{"messageType":"DATA_MESSAGE","logEvents":[{"message":"{}"}]}"#,
            &["List", r#"{"message":"{}"}"#],
        ),
        (r#"{"Records":[]}"#, &["List"]),
        (r#"{"Records":null}"#, &[r#"{"Records":null}"#]),
        // A list of that name further inside is not one of records; nor is a key that ends in the same way.
        (r#"{"a":{"Records":[{"b":1}]}}"#, &[r#"{"a":{"Records":[{"b":1}]}}"#]),
        (r#"{"a\"Records":[{"b":1}]}"#, &[r#"{"a\"Records":[{"b":1}]}"#]),
        (r#"{"Records":[[{"a":1}]]}"#, &["List", r#"[{"a":1}]"#]),
    ] {
        let expected: Vec<String> = expected.iter().map(|piece| (*piece).to_owned()).collect();
        assert_eq!(whole(text), (expected, false), "{text}");
    }
}

#[test]
fn nothing_in_a_string_is_taken_for_a_bracket() {
    let hostile = json!({
        "quotes": "\"}]}{\"Records\":[{\"eventSource\":\"ecr.amazonaws.com\"}]",
        "backslashes": "\\", "both": "\\\"", "end": "x\\\\", "[{": "}]", "wide": "\u{2028}\u{1f680}",
    });
    let text = json!({ "Records": [hostile, hostile] }).to_string();
    assert_eq!(whole(&text), (vec!["List".to_owned(), hostile.to_string(), hostile.to_string()], false));
}

#[test]
fn what_is_no_record_is_garbage_once_for_each_gap() {
    for (text, garbage) in [
        ("[1,2,3]", 1),
        ("\"text\"", 1),
        ("PK\x03\x04zip", 1),
        ("]", 1),
        ("{}oops{}\n,\t{}!", 2),
        (" \r\n\t", 0),
        ("", 0),
        (r#"{"Records":[1,{},"[",{}]}"#, 2),
    ] {
        let (found, ends_early) = whole(text);
        assert_eq!(found.iter().filter(|piece| *piece == "Garbage").count(), garbage, "{text}: {found:?}");
        assert!(!ends_early, "{text}");
    }
}

#[test]
fn a_text_that_ends_early_says_so_and_gives_what_it_has() {
    let text = r#"{"Records":[{"a":1},{"b":2"#;
    assert_eq!(whole(text), (vec!["List".to_owned(), r#"{"a":1}"#.to_owned()], true));
    assert_eq!(whole("{\"a\":\"}").1, true);
    assert_eq!(whole("[").1, true);
}

#[test]
fn where_the_first_part_of_a_record_ends_is_told_however_it_comes_in() {
    let text = br#"{"Records":[{"a":"}","b":{"c":[1]},"d":[2]},{"e":3}]}"#;
    for length in 1..text.len() {
        let mut splitter = Splitter::default();
        let mut found = Vec::new();
        let mut note = |piece: Piece<'_>| {
            if let Piece::Value(bytes, end) = piece {
                found.push(end.map(|end| String::from_utf8_lossy(&bytes[end..]).into_owned()));
            }
        };
        let mut buffer = Vec::new();
        for piece in text.chunks(length) {
            buffer.extend_from_slice(piece);
            let consumed = splitter.feed(&buffer, &mut note);
            buffer.drain(..consumed);
        }
        assert_eq!(found, [Some(r#","d":[2]}"#.to_owned()), None], "{length}");
    }
}

#[test]
fn a_record_that_is_given_up_is_followed_by_the_next() {
    let mut splitter = Splitter::default();
    let mut found = Vec::new();
    let mut note = |piece: Piece<'_>| found.push(format!("{piece:?}"));
    let begin = br#"{"Records":[{"a":"xxxxxxxx"#;
    let consumed = splitter.feed(begin, &mut note);
    splitter.give_up();
    let mut buffer = begin[consumed..].to_vec();
    buffer.extend_from_slice(br#"[[{\"","b":{}},{"c":1}]}"#);
    splitter.feed(&buffer, &mut note);
    assert_eq!(
        found,
        ["List".to_owned(), "TooLarge".to_owned(), format!("{:?}", Piece::Value(br#"{"c":1}"#, None))]
    );
}

/// Of what a text may be made that means to confuse.
const WORDS: [&str; 14] =
    ["{", "}", "[", "]", "\"", ",", ":", "\\", " ", "\n", "a", "\"Records\":[", "{\"Events\" :[", "\"x\":{}"];

/// Objects as deep as records are, with all that strings can hold.
fn object() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,90}".prop_map(Value::from),
        r#"[\\"{}\[\]:, a]{0,90}"#.prop_map(Value::from),
    ];
    let key = prop_oneof!["[a-z]{1,6}", Just("eventSource".to_owned()), r#"[\\"{}\[\]]{1,4}"#];
    let value = leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z]{1,3}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    proptest::collection::btree_map(key, value, 0..6).prop_map(|map| Value::Object(map.into_iter().collect()))
}

proptest! {
    #[test]
    fn any_division_gives_the_records_that_a_parser_finds(
        records in proptest::collection::vec(object(), 0..6),
        lengths in proptest::collection::vec(1..100_usize, 1..8),
        container in 0..4,
        is_pretty: bool,
    ) {
        let write = |value: &Value| match is_pretty {
            true => serde_json::to_string_pretty(value).unwrap(),
            false => value.to_string(),
        };
        let text = match container {
            0 => write(&json!({ "Records": records })),
            1 => write(&json!(records)),
            2 => records.iter().map(write).collect(),
            _ => records.iter().map(write).collect::<Vec<_>>().join("\n"),
        };
        let (found, ends_early) = split(text.as_bytes(), &lengths);
        let (list, values): (Vec<_>, Vec<_>) = found.iter().partition(|piece| *piece == "List");
        prop_assert_eq!(list.len(), usize::from(container == 0));
        let values: Vec<Value> = values.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
        prop_assert_eq!(values, records);
        prop_assert!(!ends_early);
    }

    #[test]
    fn any_bytes_in_any_pieces_give_the_same_as_at_once(
        words in proptest::collection::vec(proptest::sample::select(WORDS.to_vec()), 0..200),
        lengths in proptest::collection::vec(1..100_usize, 1..8),
    ) {
        let text = words.concat();
        prop_assert_eq!(split(text.as_bytes(), &lengths), whole(&text));
    }
}
