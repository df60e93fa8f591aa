//! Support bundles, as somebody else sends them.

use ecrpass_diagnosis::examination::{examine, examine_fleet};
use ecrpass_diagnosis::facts::Bundle;

use crate::hold::{findings, hidden, planted};

/// A bundle that is read holds nothing secret, is the same when it is written and read again, and is examined to an end.
pub fn run(input: &[u8]) {
    let Some(text) = planted(input) else { return };
    let bundle = match Bundle::parse(&text) {
        Ok(bundle) => bundle,
        Err(error) => return hidden(&error.to_string(), "why it is none"),
    };
    let Ok(settled) = bundle.settled() else {
        assert!(text.is_empty(), "a bundle that cannot be written: {text:?}");
        return;
    };
    let written = |bundle: &Bundle| serde_json::to_string(bundle).unwrap_or_default();
    hidden(&written(&bundle), "a bundle");
    assert_eq!(written(&settled), written(&bundle), "read, written and read: {text:?}");
    findings(&examine(&bundle).findings, None);
    let _ = examine_fleet(&[("a".to_owned(), bundle), ("b".to_owned(), settled)]);
}
