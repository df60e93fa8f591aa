//! Looking things up in JSON, by key; of several of one name the first counts.

use ecrpass_json::{JsonKind, Value};

/// The value of a key.
pub(super) fn get<'v>(object: &'v Value, key: &str) -> Option<&'v Value> {
    object.members()?.iter().find(|member| member.key == key).map(|member| &member.value)
}

/// The values of a list.
pub(super) fn items(value: &Value) -> Option<&[Value]> {
    match &value.kind {
        JsonKind::Array(values) => Some(values),
        _ => None,
    }
}

/// The values of a key's list; none if it is no list.
pub(super) fn items_of<'v>(object: &'v Value, key: &str) -> &'v [Value] {
    get(object, key).and_then(items).unwrap_or_default()
}

/// The text of a key's value.
pub(super) fn text_of<'v>(object: &'v Value, key: &str) -> Option<&'v str> {
    get(object, key)?.text()
}
