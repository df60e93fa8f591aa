//! Takes the secrets out of a step: the names in it are what somebody has set, and that may be an address with a password.

use std::borrow::Cow;

use ecrpass_core::redact::redact;

use super::NextStep;

impl NextStep {
    /// The same without secrets, whatever it names.
    pub(in crate::refusal) fn redacted(self) -> Self {
        let Ok(mut value) = serde_json::to_value(&self) else { return self };
        if !redact_all(&mut value) {
            return self;
        }
        serde_json::from_value(value).unwrap_or(Self::Words { text: Cow::Borrowed("try again") })
    }
}

/// Takes the secrets out of all texts in a value; whether there were any.
fn redact_all(value: &mut serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => match redact(text) {
            Cow::Borrowed(_) => false,
            Cow::Owned(safe) => {
                *text = safe;
                true
            }
        },
        // Each of them, not only up to the first.
        serde_json::Value::Array(list) => list.iter_mut().map(redact_all).filter(|any| *any).count() > 0,
        serde_json::Value::Object(fields) => {
            fields.values_mut().map(redact_all).filter(|any| *any).count() > 0
        }
        _ => false,
    }
}
