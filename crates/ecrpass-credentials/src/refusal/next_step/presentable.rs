//! Makes a step fit to be shown: the names in it are what somebody has set, and that may be an address with a password, or
//! of 100 kB.

use std::borrow::Cow;

use ecrpass_core::redact::redact;
use ecrpass_core::shortened::shortened;

use super::NextStep;

/// The most of one text that is said, in bytes.
const MOST: usize = 1_000;

impl NextStep {
    /// The same without secrets and in short, whatever it names.
    pub(in crate::refusal) fn presentable(self) -> Self {
        let Ok(mut value) = serde_json::to_value(&self) else { return self };
        if !change_all(&mut value) {
            return self;
        }
        serde_json::from_value(value).unwrap_or(Self::Words { text: Cow::Borrowed("try again") })
    }
}

/// Takes the secrets out of all texts in a value, and the middle out of those that are too long; whether there were any.
fn change_all(value: &mut serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => {
            let safe = redact(text);
            let short = shortened(&safe, MOST);
            if matches!((&safe, &short), (Cow::Borrowed(_), Cow::Borrowed(_))) {
                return false;
            }
            *text = short.into_owned();
            true
        }
        // Each of them, not only up to the first.
        serde_json::Value::Array(list) => list.iter_mut().map(change_all).filter(|any| *any).count() > 0,
        serde_json::Value::Object(fields) => {
            fields.values_mut().map(change_all).filter(|any| *any).count() > 0
        }
        _ => false,
    }
}
