//! The functions JavaScript sees; each page has those of its features.

#![allow(unsafe_code)] // what the macro expands to

use wasm_bindgen::prelude::wasm_bindgen;

/// What is wrong with a text: see [`crate::analyze()`].
#[cfg(feature = "explain")]
#[wasm_bindgen]
pub fn analyze(text: &str, kind: &str, source: &str, now: f64) -> String {
    crate::analyze(text, kind, source, now)
}

/// What is wrong with a file: see [`crate::audit()`].
#[cfg(feature = "audit")]
#[wasm_bindgen]
pub fn audit(text: &str, kind: &str, source: &str, now: f64) -> String {
    crate::audit(text, kind, source, now)
}

/// What a bundle says: see [`crate::bundle()`].
#[cfg(feature = "bundle")]
#[wasm_bindgen]
pub fn bundle(text: &str, kind: &str) -> Option<String> {
    crate::bundle(text, kind)
}

/// Denials in plain words: see [`crate::denials()`].
#[cfg(feature = "denials")]
#[wasm_bindgen]
pub fn denials(text: &str, kind: &str) -> Option<String> {
    crate::denials(text, kind)
}

/// Who fails by the records of CloudTrail: see [`crate::trail()`].
#[cfg(feature = "trail")]
#[wasm_bindgen]
pub fn trail(text: &str, kind: &str, source: &str) -> Option<String> {
    crate::trail(text, kind, source)
}

/// Who supplies the credentials: see [`crate::resolve()`].
#[cfg(feature = "explain")]
#[wasm_bindgen]
pub fn resolve(text: &str, question: &str, now: f64) -> String {
    crate::resolve(text, question, now)
}

/// What a policy allows: see [`crate::policy()`].
#[cfg(feature = "explain")]
#[wasm_bindgen]
pub fn policy(text: &str, question: &str) -> String {
    crate::policy(text, question)
}

/// The clients there is a model of: see [`crate::clients`].
#[cfg(feature = "explain")]
#[wasm_bindgen]
pub fn clients() -> String {
    crate::clients()
}

/// The safe copy: see [`crate::safe_copy`].
#[wasm_bindgen]
pub fn safe_copy(text: &str, kind: &str) -> String {
    crate::safe_copy(text, kind)
}
