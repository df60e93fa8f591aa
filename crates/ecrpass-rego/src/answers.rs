//! What a rule answers, as messages. conftest takes texts, and objects with `msg`.

use serde_json::{Map, Value};

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    /// What is wrong.
    pub text: String,
    /// What else the object holds: `details`, `path`, `severity`, and so on.
    pub more: Map<String, Value>,
}

/// The messages in the value of a rule; none where it has no value.
///
/// # Errors
/// When a message is no message, in words.
pub(crate) fn messages(rule: &str, value: &regorus::Value) -> Result<Vec<Message>, String> {
    if *value == regorus::Value::Undefined {
        return Ok(Vec::new());
    }
    let value = serde_json::to_value(value).map_err(|error| error.to_string())?;
    let answers = match value {
        Value::Array(items) => items,
        // `deny[msg] if …` in today's syntax: an object of what holds.
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| *value == true)
            .map(|(key, _)| Value::String(key))
            .collect(),
        // A rule without messages holds, or does not; it is not passed over as conftest does.
        Value::Bool(true) => vec![Value::String(format!("`{rule}` holds"))],
        text @ Value::String(_) => vec![text],
        _ => Vec::new(),
    };
    let mut messages = Vec::new();
    for answer in answers {
        messages.extend(message(rule, answer)?);
    }
    Ok(messages)
}

fn message(rule: &str, answer: Value) -> Result<Option<Message>, String> {
    match answer {
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) => Ok(Some(Message { text, more: Map::new() })),
        Value::Object(mut more) => match more.remove("msg") {
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(Message { text, more })),
            _ => Err(format!("`{rule}` answers with an object that has no text named `msg`")),
        },
        other => {
            Err(format!("`{rule}` answers with {other}, which is neither a text nor an object with `msg`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_and_objects_are_messages_and_the_rest_is_said() {
        let of = |value: Value| messages("deny", &regorus::Value::from(value));
        let texts = |value| of(value).unwrap().into_iter().map(|message| message.text).collect::<Vec<_>>();
        assert_eq!(texts(json!(["a", "", {"msg": "b", "details": {"x": 1}}])), ["a", "b"]);
        assert_eq!(texts(json!({"a": true, "b": false})), ["a"]);
        assert_eq!(texts(json!(true)), ["`deny` holds"]);
        assert_eq!(texts(json!(false)), [""; 0]);
        assert!(messages("deny", &regorus::Value::Undefined).unwrap().is_empty());
        assert_eq!(of(json!([{"msg": "b", "path": ["a"]}])).unwrap()[0].more["path"], json!(["a"]));
        for wrong in [json!([1]), json!([{"message": "b"}]), json!([{"msg": 1}])] {
            assert!(of(wrong).unwrap_err().contains("`msg`"));
        }
    }
}
