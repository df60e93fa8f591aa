//! The log: a line of JSON on standard error for each thing that happened. Whatever it is made of, no secret is in it.

use std::io::Write as _;

use ecrpass_core::redact::redact;
use ecrpass_core::time::{EpochSeconds, rfc3339};
use ecrpass_core::visible::visible;
use serde_json::{Map, Value};

use crate::work::Notice;

/// A line.
pub fn line(at: EpochSeconds, warning: bool, event: &str, fields: &[(&str, &str)]) -> String {
    let mut object = Map::new();
    let mut put = |name: &str, text: &str| {
        let text = redact(text);
        object.insert(name.to_owned(), Value::from(visible(&text).into_owned()));
    };
    put("time", &rfc3339(at));
    put("level", if warning { "warn" } else { "info" });
    put("event", event);
    fields.iter().for_each(|(name, text)| put(name, text));
    Value::from(object).to_string()
}

/// Writes a line.
pub fn write(at: EpochSeconds, warning: bool, event: &str, fields: &[(&str, &str)]) {
    let line = line(at, warning, event, fields);
    // Nobody may read it any more; that is no reason to stop.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Writes what the engine has to say.
pub fn notice(notice: &Notice) {
    let mut fields = vec![("message", notice.text.as_str())];
    if let Some(about) = &notice.about {
        fields.extend([("kind", about.kind), ("namespace", &*about.namespace), ("name", &*about.name)]);
    }
    write(notice.at, notice.warning, notice.reason, &fields);
}

/// Writes a result to standard output; says whether that worked.
pub fn result(text: &str) -> bool {
    writeln!(std::io::stdout().lock(), "{text}").is_ok()
}

/// Writes what is wrong to standard error, for people.
pub fn error(text: &str) {
    let text = redact(text);
    let _ = writeln!(std::io::stderr().lock(), "ecrpass-operator: {}", visible(&text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_json_without_secrets() {
        let text = "https://u:hunter2secret@host\nforged";
        let line = line(1_700_000_000, true, "Rejected", &[("message", text), ("namespace", "a")]);
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["time"], "2023-11-14T22:13:20Z");
        assert_eq!((value["level"].as_str(), value["namespace"].as_str()), (Some("warn"), Some("a")));
        assert!(!line.contains("hunter2") && !line.contains('\n'), "{line}");
    }
}
