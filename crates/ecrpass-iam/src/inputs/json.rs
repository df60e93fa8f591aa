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

/// Whether the outermost value of a text is an object with that key, told without parsing it.
pub(super) fn has_key(text: &str, key: &str) -> bool {
    let text = text.trim_start();
    let (mut depth, mut begin, mut is_escaped) = (0_usize, None, false);
    for (at, byte) in text.bytes().enumerate() {
        match (byte, begin) {
            _ if is_escaped => is_escaped = false,
            (b'\\', Some(_)) => is_escaped = true,
            (b'"', Some(start)) => {
                begin = None;
                let is_key = || text.get(at + 1..).is_some_and(|rest| rest.trim_start().starts_with(':'));
                if depth == 1 && text.get(start..at) == Some(key) && is_key() {
                    return text.starts_with('{');
                }
            }
            (b'"', None) => begin = Some(at + 1),
            (b'{' | b'[', None) => depth += 1,
            (b'}' | b']', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_seen_without_parsing() {
        for (text, expected) in [
            (" {\"Id\": \"\\\"{\", \"Statement\" : []}", true),
            ("{\"Statement\":", true),
            ("{\"Id\": \"Statement\"}", false),
            ("{\"a\": {\"Statement\": 1}}", false),
            ("[\"Statement\", {\"Statement\": 1}]", false),
            ("", false),
            ("{\"Statement", false),
        ] {
            assert_eq!(has_key(text, "Statement"), expected, "{text}");
        }
    }
}
