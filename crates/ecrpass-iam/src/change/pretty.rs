//! A document in many lines, for people to compare: what is stored is often a single line.

use ecrpass_json::{JsonKind, Value, parse};

/// The same document with two spaces for every level; as it is where it has lines already, or is no JSON.
pub fn pretty(text: &str) -> String {
    if text.trim().contains('\n') {
        return text.to_owned();
    }
    let Ok(root) = parse(text) else { return text.to_owned() };
    let mut out = String::new();
    print(text, &root, 0, &mut out);
    out.push('\n');
    out
}

fn print(text: &str, value: &Value, depth: usize, out: &mut String) {
    let line = |depth: usize| format!("\n{}", "  ".repeat(depth));
    let raw = |span: &std::ops::Range<usize>| text.get(span.clone()).unwrap_or_default();
    match &value.kind {
        JsonKind::Object(members) if !members.is_empty() => {
            for (index, member) in members.iter().enumerate() {
                out.push_str(if index == 0 { "{" } else { "," });
                out.push_str(&line(depth + 1));
                out.push_str(raw(&member.key_span));
                out.push_str(": ");
                print(text, &member.value, depth + 1, out);
            }
            out.push_str(&line(depth));
            out.push('}');
        }
        JsonKind::Array(values) if !values.is_empty() => {
            for (index, value) in values.iter().enumerate() {
                out.push_str(if index == 0 { "[" } else { "," });
                out.push_str(&line(depth + 1));
                print(text, value, depth + 1, out);
            }
            out.push_str(&line(depth));
            out.push(']');
        }
        _ => out.push_str(raw(&value.span)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_becomes_many_and_many_stay() {
        let text = r#"{"a":[1,{"b":"c"}],"d":{},"e":[]}"#;
        let expected =
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"c\"\n    }\n  ],\n  \"d\": {},\n  \"e\": []\n}\n";
        assert_eq!(pretty(text), expected);
        assert_eq!(pretty("{\n}"), "{\n}");
        assert_eq!(pretty("{"), "{");
    }
}
