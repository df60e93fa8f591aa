//! The compact reader reads what serde_json's own reads.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct All {
    flag: bool,
    number: i32,
    large: u64,
    text: String,
    perhaps: Option<Box<All>>,
    list: Vec<Choice>,
    map: BTreeMap<String, u8>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Choice {
    Plain,
    With(u8),
    Named { name: String },
}

#[test]
fn it_reads_what_serde_json_reads() {
    let text = r#"{"flag": true, "number": -3, "large": 18446744073709551615, "text": "x", "unknown": [{}],
        "perhaps": {"perhaps": null}, "list": ["plain", {"with": 3}, {"named": {"name": "n"}}], "map": {"a": 1}}"#;
    let value: Value = serde_json::from_str(text).unwrap();
    assert_eq!(All::deserialize(Compact::new(&value)).unwrap(), serde_json::from_str(text).unwrap());
}

#[test]
fn members_may_be_missing_where_serde_json_allows_it() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Several {
        needed: Option<u8>,
        #[serde(rename = "other", default = "seven")]
        defaulted: u8,
        text: String,
        #[serde(skip)]
        never: u8,
        choice: Choice,
    }
    fn seven() -> u8 {
        7
    }
    for text in [
        r#"{"needed": 1, "other": 2, "text": "x", "choice": "plain"}"#,
        r#"{"text": "x", "choice": {"named": {"name": "n"}}, "never": 3}"#,
        r#"{"other": 2, "choice": "plain"}"#,
        r#"{"other": null, "text": "x", "choice": "plain"}"#,
        r#"{"text": "x"}"#,
        r#"{"text": "x", "choice": {"named": {}}}"#,
        r#"{"text": "x", "choice": "unheard-of"}"#,
    ] {
        let value: Value = serde_json::from_str(text).unwrap();
        let read = Several::deserialize(Compact::new(&value));
        assert_eq!(read.ok(), serde_json::from_str(text).ok(), "{text}");
    }
}

#[test]
fn an_error_names_its_place() {
    for (text, expected) in [
        (r#"{"perhaps": {"number": "x"}}"#, "in `perhaps`: in `number`: something is not a whole number"),
        (r#"{"number": 2147483648}"#, "in `number`: something is not what is expected there"),
        (r#"{"list": ["much"]}"#, "in `list`: something is not one of the known words"),
        (r#"{"list": [{"named": {}}]}"#, "in `list`: `name` is missing"),
        ("[]", "something is not an object"),
    ] {
        let value: Value = serde_json::from_str(text).unwrap();
        let error = All::deserialize(Compact::new(&value)).unwrap_err().to_string();
        assert_eq!(error, expected, "{text}");
    }
}
