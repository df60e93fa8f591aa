//! Logs, and the events and trails among them: what `ecrpass explain` reads, and the copy to share.

use ecrpass_diagnosis::engine::explain::{Explainer, explain};
use ecrpass_diagnosis::examination::explain_notice;
use ecrpass_diagnosis::input_kind::{InputKind, kind};
use ecrpass_diagnosis::safe_copy::shareable;

use crate::hold::{findings, hidden, planted};

/// Lines that are named are there, nothing secret is quoted, and a log in pieces says what it says as a whole.
pub fn run(input: &[u8]) {
    let Some(text) = planted(input) else { return };
    let found = explain("log", &text);
    findings(&found, Some(&text));
    let mut explainer = Explainer::default();
    for piece in text.as_bytes().chunks(7) {
        explainer.feed(piece);
    }
    assert_eq!(explainer.finish("log"), found, "in pieces");
    if let Some(found) = explain_notice("event", &text) {
        findings(&found, None);
    }
    if let Some(found) = ecrpass_trail::explain::explain("trail", &text) {
        findings(&found, None);
    }
    let _ = kind(&text);
    let copy = shareable(&text, InputKind::Log);
    hidden(&copy, "a copy to share");
    assert_eq!(shareable(&copy, InputKind::Log), copy, "twice is not once: {text:?}");
}
