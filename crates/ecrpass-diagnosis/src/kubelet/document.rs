//! A configuration as the kubelet decodes it: JSON if it begins with `{`, else the first document of YAML, whose scalars
//! have types.
//!
//! Source: Kubernetes `apimachinery/pkg/runtime/serializer/json`, `RecognizesData` and `Decode`, strict.

mod older;
mod scalar;
mod value;
mod yaml;

use std::rc::Rc;

use ecrpass_json::{JsonKind, Value as Json, parse_at_most};

use self::value::MAX_WRITTEN;
pub(super) use self::value::{Document, Field, Kind, Mistake, Unreadable, Value};

/// Reads a text without its byte order mark.
pub(super) fn read(text: &str, had_mark: bool) -> Result<Document, Unreadable> {
    // A mark in front is no blank, so that what has one is YAML.
    if had_mark || !text.trim_start().starts_with('{') {
        return yaml::read(text);
    }
    match parse_at_most(MAX_WRITTEN, text) {
        Ok(value) => {
            Ok(Document { root: Some(from_json(value)), mistakes: Vec::new(), unseen: None, doubt: None })
        }
        Err(error) if error.is_limit => Err(Unreadable::TooLarge(error.offset, error.message)),
        Err(error) => Err(Unreadable::Wrong(Mistake {
            at: error.offset,
            what: format!(
                "it begins with `{{`, so the kubelet reads it as JSON, and it is none: {}",
                error.message
            ),
            fix: "keys and texts in double quotes, a comma between two values and none behind the last"
                .to_owned(),
        })),
    }
}

/// As deep as the JSON parser lets it be.
fn from_json(value: Json) -> Value {
    let kind = match value.kind {
        // A value too deep to be kept is never there: all of the text was read.
        JsonKind::Null | JsonKind::Deep { .. } => Kind::Null,
        // `true` has four bytes, `false` five.
        JsonKind::Bool => Kind::Bool(value.span.len() == 4),
        JsonKind::Number => Kind::Number,
        JsonKind::String(text) => Kind::Text(text.to_string()),
        JsonKind::Array(values) => Kind::List(Rc::new(values.into_iter().map(from_json).collect())),
        JsonKind::Object(members) => {
            let field = |member: ecrpass_json::Member| Field {
                name: member.key,
                key: member.key_span,
                value: from_json(member.value),
            };
            Kind::Mapping(Rc::new(members.into_iter().map(field).collect()))
        }
    };
    Value { span: value.span, kind }
}

#[cfg(test)]
mod tests;
