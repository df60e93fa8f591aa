//! Patterns and texts, however they stand in a file.

use ecrpass_audit::infrastructure::datum::{Datum, DatumKind, Entry};
use ecrpass_audit::passage::Passage;
use ecrpass_json::{JsonKind, Value as Json};

/// A pattern: an object, what `jsonencode` makes of one, or JSON in a text.
pub fn pattern(value: &Datum) -> Option<Datum> {
    match &value.kind {
        DatumKind::Map(_) => Some(value.clone()),
        DatumKind::Call(name, arguments) if name == "jsonencode" => arguments.first().cloned(),
        DatumKind::Text(passage) => {
            let parsed = ecrpass_json::parse(passage.text()).ok()?;
            parsed.members()?;
            Some(inside(&parsed, passage))
        }
        _ => None,
    }
}

/// JSON that stands in a text, with its places in the file.
fn inside(value: &Json, text: &Passage) -> Datum {
    let bytes = text.places(value.span.clone());
    let kind = match &value.kind {
        JsonKind::Null => DatumKind::Null,
        JsonKind::Bool | JsonKind::Number => {
            DatumKind::Plain(text.text().get(value.span.clone()).unwrap_or_default().to_owned())
        }
        JsonKind::String(content) => DatumKind::Text(Passage::verbatim(content.as_str(), bytes.start)),
        JsonKind::Array(items) => DatumKind::List(items.iter().map(|item| inside(item, text)).collect()),
        JsonKind::Deep { .. } => DatumKind::Unknown,
        JsonKind::Object(members) => DatumKind::Map(
            members
                .iter()
                .map(|member| Entry {
                    key: member.key.clone(),
                    key_bytes: text.places(member.key_span.clone()),
                    value: inside(&member.value, text),
                })
                .collect(),
        ),
    };
    Datum::new(bytes, kind)
}

/// A text and where its parts stand.
pub fn passage(value: &Datum) -> Option<&Passage> {
    match &value.kind {
        DatumKind::Text(passage) => Some(passage),
        _ => None,
    }
}
