//! YAML and JSON as values. Keys are as written: `on` stays `on`.

use ecrpass_audit::yaml::{self, Node, Style};
use serde_json::{Map, Number, Value};

/// The documents of a text, as far as they can be read.
pub(super) fn read(text: &str) -> Vec<Value> {
    yaml::read_partly(text).0.iter().map(value).collect()
}

fn value(node: &Node) -> Value {
    if let Some(members) = node.members() {
        return Value::Object(
            members.iter().map(|(key, value)| (key.text.clone(), self::value(value))).collect::<Map<_, _>>(),
        );
    }
    if let Some(items) = node.items() {
        return Value::Array(items.iter().map(value).collect());
    }
    let Some(text) = node.text() else { return Value::Null };
    // What has a tag of its own (`!Sub`, `!!str`) is a text.
    if node.style() != Some(Style::Plain) || node.tag.is_some() {
        return Value::String(text.to_owned());
    }
    scalar(node, text)
}

/// A plain scalar, as YAML 1.1 reads it: that is what conftest's parser does.
fn scalar(node: &Node, text: &str) -> Value {
    if let Some(flag) = node.flag() {
        return Value::Bool(flag);
    }
    let is_number = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    if !is_number || has_leading_zero(text) {
        return Value::String(text.to_owned());
    }
    let digits = text.strip_prefix('+').unwrap_or(text);
    let number = digits
        .parse::<i64>()
        .ok()
        .map(Number::from)
        .or_else(|| digits.parse::<u64>().ok().map(Number::from))
        .or_else(|| digits.parse::<f64>().ok().and_then(Number::from_f64));
    number.map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

/// `0123` is an account's number more often than an octal one.
fn has_leading_zero(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    digits.len() > 1 && digits.starts_with('0') && digits.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scalars_have_their_types() {
        let text = "a: 1\nb: -2.5\nc: 1.2.3\nd: '1'\ne: no\nf: ~\ng: 012345678901\nh: &x [on, 1e3]\ni: *x\nj: !Sub 1\nk: 18446744073709551615\non: push\n";
        assert_eq!(
            read(text),
            [json!({
                "a": 1, "b": -2.5, "c": "1.2.3", "d": "1", "e": false, "f": null, "g": "012345678901",
                "h": [true, 1000.0], "i": [true, 1000.0], "j": "1", "k": 18_446_744_073_709_551_615_u64, "on": "push",
            })]
        );
    }

    #[test]
    fn damaged_text_is_read_as_far_as_it_goes() {
        assert!(read("a: 1\nb: [").first().is_some_and(|value| value["a"] == 1));
        assert_eq!(read(""), Vec::<Value>::new());
    }
}
