//! A copy of a log or a configuration that is safe to share, and diagnoses the same.
//!
//! What is secret goes ([`ecrpass_core::redact`]), what identifies is replaced by the same stand-in each time
//! ([`crate::pseudonymize`]). In a configuration the stored logins become made-up ones that say the same: as long-lived, as
//! expired or as damaged as the real ones were.

mod configuration;

use ecrpass_core::redact::redact;

use crate::input_kind::InputKind;
use crate::pseudonymize::Masker;

/// The safe copy.
pub fn shareable(text: &str, kind: InputKind) -> String {
    let masker = Masker::default();
    let safe = match kind {
        InputKind::Nothing | InputKind::Log | InputKind::Bundle | InputKind::Policy => {
            redact(text).into_owned()
        }
        InputKind::Configuration(format) => configuration::without_secrets(text, format, &masker),
    };
    // Once to learn the names in ARNs, and again for those that stood somewhere else before.
    let learned = masker.mask(&safe);
    masker.mask(&learned)
}
