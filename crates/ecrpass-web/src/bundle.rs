//! A bundle of `ecrpass doctor --record`: its findings, what it proves, and what every check said.

use ecrpass_core::redact::redact;
use ecrpass_core::visible::visible_json;
use ecrpass_diagnosis::examination::examine;
use ecrpass_diagnosis::facts::{Bundle, SCHEMA};
use ecrpass_diagnosis::input_kind::InputKind;
use serde::Deserialize;

use crate::analysis::{Analysis, Report};
use crate::compact_deserializer::Compact;
use crate::{json, kind_of, word};

/// What a bundle says; none where a text is none, unless `kind` says that it is a `bundle`.
pub fn bundle(text: &str, kind: &str) -> Option<String> {
    (kind_of(kind, text) == InputKind::Bundle).then(|| json(&analysis(text)))
}

/// As `ecrpass doctor --replay` sees it.
fn analysis(text: &str) -> Analysis {
    match read_bundle(text) {
        Err(error) => Analysis { problem: Some(error), ..Analysis::new(word(InputKind::Bundle), Vec::new()) },
        Ok(bundle) => {
            let examination = examine(&bundle);
            let analysis = Analysis::new(word(InputKind::Bundle), examination.findings.clone());
            Analysis { report: Report::Examination(examination), ..analysis }
        }
    }
}

/// [`Bundle::parse`] with less code, and without the place of what is wrong.
fn read_bundle(text: &str) -> Result<Bundle, String> {
    let text = text.trim_start_matches('\u{feff}');
    let mut value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let schema = value.get("schema").and_then(serde_json::Value::as_str).unwrap_or("missing");
    if schema != SCHEMA {
        let schema = redact(schema);
        return Err(format!("its `schema` is `{schema}`, and this page knows `{SCHEMA}`"));
    }
    visible_json(&mut value);
    // A message may quote what stands there.
    Bundle::deserialize(Compact::new(&value)).map_err(|error| redact(&error.to_string()).into_owned())
}
