//! What a tool is given: arguments by name, of the kinds its schema says, and no others.

use std::ops::RangeInclusive;

use rmcp::model::JsonObject;
use serde_json::Value;

use super::answer::repeated;

/// The longest text that is a name: of an image, a principal, a path.
const LONGEST_NAME: usize = 2_048;

/// The most that a list may hold.
const MOST: usize = 200;

/// The arguments of a call that have not been taken yet.
pub(super) struct Given(JsonObject);

impl Given {
    /// Those of a call.
    pub(super) fn new(arguments: JsonObject) -> Self {
        Self(arguments)
    }

    /// Whatever it is; null is nothing.
    pub(super) fn value(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    /// A text of any length and content.
    ///
    /// # Errors
    /// When it is something else, or longer.
    pub(super) fn long_text(&mut self, name: &str, most: usize) -> Result<Option<String>, String> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= most => Ok(Some(text)),
            Some(Value::String(text)) => Err(format!(
                "`{name}` is {} kB long; at most {} kB are read. Next: give the part around the error",
                text.len() / 1024,
                most / 1024
            )),
            Some(_) => Err(format!("`{name}` has to be a text")),
        }
    }

    /// A name: one line, and nothing that a program could take for an option.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn name(&mut self, name: &str) -> Result<Option<String>, String> {
        self.long_text(name, LONGEST_NAME)?.map(|text| is_name(name, text)).transpose()
    }

    /// Names, in a list.
    ///
    /// # Errors
    /// When there are too many, or one is none.
    pub(super) fn names(&mut self, name: &str) -> Result<Vec<String>, String> {
        match self.value(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) if values.len() <= MOST => {
                let each = values.into_iter().map(|value| match value {
                    Value::String(text) if text.len() <= LONGEST_NAME => is_name(name, text),
                    _ => Err(format!("`{name}` has to hold short texts only")),
                });
                each.collect()
            }
            Some(Value::Array(_)) => Err(format!("`{name}` holds more than {MOST}")),
            Some(_) => Err(format!("`{name}` has to be a list of texts")),
        }
    }

    /// Yes or no.
    ///
    /// # Errors
    /// When it is something else.
    pub(super) fn flag(&mut self, name: &str) -> Result<bool, String> {
        match self.value(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(format!("`{name}` has to be true or false")),
        }
    }

    /// A whole number within a range.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn number(&mut self, name: &str, range: RangeInclusive<u64>) -> Result<Option<u64>, String> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let number = value.as_u64().filter(|number| range.contains(number));
        let wrong = || format!("`{name}` has to be a whole number from {} to {}", range.start(), range.end());
        number.map(Some).ok_or_else(wrong)
    }

    /// Makes sure that nothing is left: what is passed over would be taken for obeyed.
    ///
    /// # Errors
    /// When there is something nobody asked for.
    pub(super) fn nothing_else(&self) -> Result<(), String> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(key) => Err(format!("there is no argument `{}`", repeated(key))),
        }
    }
}

fn is_name(of: &str, text: String) -> Result<String, String> {
    let text = text.trim();
    match text.is_empty() || text.starts_with('-') || text.contains(char::is_control) {
        false => Ok(text.to_owned()),
        true => Err(format!("`{}` is nothing for `{of}`", repeated(text))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn given(value: Value) -> Given {
        Given::new(value.as_object().unwrap().clone())
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for wrong in [
            json!(""),
            json!(" "),
            json!("--fix"),
            json!("a\nb"),
            json!(1),
            json!(["a"]),
            json!("x".repeat(3_000)),
        ] {
            assert!(given(json!({"image": wrong})).name("image").is_err(), "{wrong}");
            assert!(given(json!({"image": [wrong]})).names("image").is_err(), "{wrong}");
        }
        assert_eq!(given(json!({"image": " a "})).name("image").unwrap().as_deref(), Some("a"));
        assert_eq!(given(json!({"image": null})).name("image").unwrap(), None);
        assert!(given(json!({"list": vec!["a"; 300]})).names("list").is_err());
    }

    #[test]
    fn what_nobody_asked_for_is_an_error() {
        let mut all = given(json!({"deadline": 5, "offline": true, "fix": true}));
        assert_eq!(all.number("deadline", 1..=60).unwrap(), Some(5));
        assert!(all.flag("offline").unwrap());
        assert!(all.nothing_else().unwrap_err().contains("`fix`"));
        for wrong in [json!(0), json!(61), json!(1.5), json!("5"), json!(-1)] {
            assert!(given(json!({"deadline": wrong})).number("deadline", 1..=60).is_err());
        }
    }
}
