//! A judge of JSON by a JSON Schema (draft 7), as far as the schema of SARIF goes. What it does not understand in a schema
//! fails, so that nothing passes unjudged.

use serde_json::Value;

/// Keywords that judge nothing.
const WORDS: [&str; 7] = ["$schema", "$id", "title", "description", "default", "definitions", "$comment"];

/// What is wrong with a document, each with its place.
pub fn problems(schema: &Value, document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    judge(schema, schema, document, "", &mut found);
    found
}

fn judge(root: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    let rules = match schema {
        Value::Bool(true) => return,
        Value::Bool(false) => return found.push(format!("{place}: nothing is allowed here")),
        Value::Object(rules) => rules,
        other => panic!("no schema: {other}"),
    };
    if let Some(reference) = rules.get("$ref") {
        let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
        return judge(root, root.pointer(pointer).unwrap(), value, place, found);
    }
    for (word, rule) in rules {
        let mut say = |what: String| found.push(format!("{place}: {what}"));
        match word.as_str() {
            word if WORDS.contains(&word) => {}
            "type" => {
                let types = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                if !types.iter().any(|kind| is(kind.as_str().unwrap(), value)) {
                    say(format!("{value} is no {rule}"));
                }
            }
            "enum" if !rule.as_array().unwrap().contains(value) => say(format!("{value} is none of {rule}")),
            "enum" => {}
            "minimum" if value.as_f64().is_some_and(|number| number < rule.as_f64().unwrap()) => {
                say(format!("{value} is less than {rule}"));
            }
            "maximum" if value.as_f64().is_some_and(|number| number > rule.as_f64().unwrap()) => {
                say(format!("{value} is more than {rule}"));
            }
            "minimum" | "maximum" => {}
            "format" => {
                if value.as_str().is_some_and(|text| !has_format(rule.as_str().unwrap(), text)) {
                    say(format!("{value} is no {rule}"));
                }
            }
            "pattern" => assert!(!value.is_string(), "{place}: a pattern is not understood: {rule}"),
            "minItems" | "uniqueItems" | "items" => list(root, word, rule, value, place, found),
            "required" | "properties" | "additionalProperties" => {
                object(root, rules, word, rule, value, place, found);
            }
            "allOf" => {
                for part in rule.as_array().unwrap() {
                    judge(root, part, value, place, found);
                }
            }
            "anyOf" | "oneOf" => {
                let fits = |part: &&Value| {
                    let mut inner = Vec::new();
                    judge(root, part, value, place, &mut inner);
                    inner.is_empty()
                };
                let count = rule.as_array().unwrap().iter().filter(fits).count();
                if count == 0 || word == "oneOf" && count > 1 {
                    say(format!("{count} of the {word} fit"));
                }
            }
            other => panic!("{place}: `{other}` is not understood"),
        }
    }
}

fn list(root: &Value, word: &str, rule: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    let Some(items) = value.as_array() else { return };
    match word {
        "items" => {
            for (index, item) in items.iter().enumerate() {
                judge(root, rule, item, &format!("{place}/{index}"), found);
            }
        }
        "minItems" if (items.len() as u64) < rule.as_u64().unwrap() => {
            found.push(format!("{place}: {} items are too few", items.len()));
        }
        "uniqueItems" if rule == true => {
            for (index, item) in items.iter().enumerate() {
                if items.iter().take(index).any(|other| other == item) {
                    found.push(format!("{place}/{index}: it is there twice"));
                }
            }
        }
        _ => {}
    }
}

fn object(
    root: &Value,
    rules: &serde_json::Map<String, Value>,
    word: &str,
    rule: &Value,
    value: &Value,
    place: &str,
    found: &mut Vec<String>,
) {
    let Some(members) = value.as_object() else { return };
    match word {
        "required" => {
            for name in rule.as_array().unwrap().iter().filter_map(Value::as_str) {
                if !members.contains_key(name) {
                    found.push(format!("{place}: `{name}` is missing"));
                }
            }
        }
        "properties" => {
            for (name, member) in members {
                if let Some(schema) = rule.get(name) {
                    judge(root, schema, member, &format!("{place}/{name}"), found);
                }
            }
        }
        _ => {
            let known = rules.get("properties");
            for (name, member) in members {
                if known.is_none_or(|known| known.get(name).is_none()) {
                    judge(root, rule, member, &format!("{place}/{name}"), found);
                }
            }
        }
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("the type {other} is not understood"),
    }
}

fn has_format(format: &str, text: &str) -> bool {
    // RFC 3986: these, and a percent sign only before two digits.
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    let is_escaped = |(at, _): (usize, &str)| {
        text.get(at + 1..at + 3).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    match format {
        "uri-reference" => text.chars().all(is_allowed) && text.match_indices('%').all(is_escaped),
        "uri" => text.contains(':') && has_format("uri-reference", text),
        other => panic!("the format {other} is not understood"),
    }
}
