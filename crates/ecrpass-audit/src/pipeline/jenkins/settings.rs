//! Settings that Jenkins' steps bring, with their places.

use std::ops::Range;

use crate::known::Known;
use crate::pipeline::jenkins::tree::{Argument, Value};
use crate::pipeline::model::Setting;

/// A setting made of a value.
pub(super) fn setting(name: &str, value: &Value, known: Known, bytes: &Range<usize>) -> Setting {
    let raw = match value {
        Value::Text { passage, .. } => passage.text().to_owned(),
        Value::Name(name) => name.clone(),
        _ => String::new(),
    };
    let bytes = match value {
        Value::Text { bytes, .. } => bytes,
        _ => bytes,
    };
    Setting { name: name.to_owned(), value: known, raw, bytes: bytes.clone(), is_plain: false }
}

/// A variable that a step binds.
pub(super) fn bound(name: &str, bytes: &Range<usize>) -> Setting {
    let (value, raw) = (Known::named(name), String::new());
    Setting { name: name.to_owned(), value, raw, bytes: bytes.clone(), is_plain: false }
}

/// Whether bound credentials may be AWS's.
pub(super) fn mentions_aws(value: &Value) -> bool {
    let says = |text: &str| text.to_ascii_lowercase().contains("aws") || text.contains("AmazonWebServices");
    let argument =
        |argument: &Argument| argument.name.as_deref().is_some_and(says) || mentions_aws(&argument.value);
    match value {
        Value::Text { passage, .. } => says(passage.text()),
        Value::Name(name) => says(name),
        Value::List(items) => items.iter().any(argument),
        Value::Call(call) => says(&call.name) || call.arguments.iter().any(argument),
        _ => false,
    }
}
