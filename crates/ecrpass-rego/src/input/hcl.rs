//! HCL as an object, in the form of hcl2json, which conftest uses: blocks by their words, each a list; what is computed
//! stands as `${…}`. Source: tmccombs/hcl2json `convert/convert.go`.

use ecrpass_audit::infrastructure::datum::{Datum, DatumKind, Part};
use ecrpass_audit::infrastructure::hcl;
use serde_json::{Map, Value};

/// The words under which a block's label stands among its entries.
const LABEL: &str = "(label)";

/// A file as an object; `None` if it is damaged.
pub(super) fn read(text: &str) -> Option<Value> {
    let (blocks, attributes) = hcl::read(text)?;
    let mut root = match value(text, &attributes) {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    for block in blocks {
        let mut words = vec![block.kind];
        words.extend(block.labels);
        put(&mut root, &words, value(text, &block.body));
    }
    Some(Value::Object(root))
}

/// Puts a block to the others of the same words.
fn put(into: &mut Map<String, Value>, words: &[String], body: Value) {
    let Some((first, rest)) = words.split_first() else { return };
    if rest.is_empty() {
        match into.entry(first.clone()).or_insert_with(|| Value::Array(Vec::new())) {
            Value::Array(list) => list.push(body),
            // An attribute of the same name: there is no such configuration.
            other => *other = Value::Array(vec![body]),
        }
    } else if let Value::Object(inner) =
        into.entry(first.clone()).or_insert_with(|| Value::Object(Map::new()))
    {
        put(inner, rest, body);
    }
}

fn value(text: &str, datum: &Datum) -> Value {
    match &datum.kind {
        DatumKind::Null => Value::Null,
        DatumKind::Plain(plain) => plain_value(plain),
        DatumKind::Text(passage) => Value::String(passage.text().to_owned()),
        DatumKind::Template(parts) => Value::String(parts.iter().map(|part| part_text(text, part)).collect()),
        DatumKind::List(items) => Value::Array(items.iter().map(|item| value(text, item)).collect()),
        DatumKind::Map(_) => Value::Object(members(text, datum)),
        DatumKind::Reference(_) | DatumKind::Call(..) | DatumKind::Unknown => {
            Value::String(format!("${{{}}}", source(text, datum)))
        }
    }
}

/// Entries of an object; of a body the blocks among them, each a list.
fn members(text: &str, datum: &Datum) -> Map<String, Value> {
    let mut members = Map::new();
    for entry in datum.entries().iter().filter(|entry| entry.key != LABEL) {
        let of_entry = value(text, &entry.value);
        if is_block(text, entry.key_bytes.end) {
            let label = entry.value.get(LABEL).map(|label| value(text, label));
            let label = label.as_ref().and_then(Value::as_str).map(str::to_owned);
            let words: Vec<String> = [Some(entry.key.clone()), label].into_iter().flatten().collect();
            put(&mut members, &words, of_entry);
        } else {
            members.insert(entry.key.clone(), of_entry);
        }
    }
    members
}

/// Whether what stands behind a key is a block and not a value.
fn is_block(text: &str, key_end: usize) -> bool {
    text.get(key_end..).is_some_and(|rest| !rest.trim_start().starts_with(['=', ':']))
}

fn source<'a>(text: &'a str, datum: &Datum) -> &'a str {
    text.get(datum.bytes.clone()).unwrap_or_default()
}

fn part_text(text: &str, part: &Part) -> String {
    match part {
        Part::Literal(passage) => passage.text().to_owned(),
        // It stands there with what encloses it.
        Part::Value(datum) => match source(text, datum) {
            whole if whole.starts_with("${") => whole.to_owned(),
            inside => format!("${{{inside}}}"),
        },
    }
}

fn plain_value(plain: &str) -> Value {
    match plain {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        number => serde_json::from_str(number).unwrap_or_else(|_| Value::String(number.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn blocks_are_lists_under_their_words() {
        let text = "region = \"us-east-1\"\nresource \"aws_ecr_repository\" \"app\" {\n  name = \"a-${var.env}\"\n  force_delete = true\n  tags = { team = local.team }\n  image_scanning_configuration {\n    scan_on_push = false\n  }\n}\nresource \"aws_ecr_repository\" \"web\" {\n  count = 2\n}\nlocals {\n  team = lower(\"X\")\n}\n";
        assert_eq!(
            read(text).unwrap(),
            json!({
                "region": "us-east-1",
                "resource": {"aws_ecr_repository": {
                    "app": [{
                        "name": "a-${var.env}",
                        "force_delete": true,
                        "tags": {"team": "${local.team}"},
                        "image_scanning_configuration": [{"scan_on_push": false}],
                    }],
                    "web": [{"count": 2}],
                }},
                "locals": [{"team": "${lower(\"X\")}"}],
            })
        );
        assert_eq!(read("resource {"), None);
    }
}
