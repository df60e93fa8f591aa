//! The functions JavaScript sees.

#![allow(unsafe_code)] // what the macro expands to

use wasm_bindgen::prelude::wasm_bindgen;

/// What is wrong with a text: see [`crate::analyze()`].
#[wasm_bindgen]
pub fn analyze(text: &str, kind: &str, source: &str, now: f64) -> String {
    crate::analyze(text, kind, source, now)
}

/// Who supplies the credentials: see [`crate::resolve()`].
#[wasm_bindgen]
pub fn resolve(text: &str, question: &str, now: f64) -> String {
    crate::resolve(text, question, now)
}

/// What a policy allows: see [`crate::policy()`].
#[wasm_bindgen]
pub fn policy(text: &str, question: &str) -> String {
    crate::policy(text, question)
}

/// The clients there is a model of: see [`crate::clients`].
#[wasm_bindgen]
pub fn clients() -> String {
    crate::clients()
}

/// The safe copy: see [`crate::safe_copy`].
#[wasm_bindgen]
pub fn safe_copy(text: &str, kind: &str) -> String {
    crate::safe_copy(text, kind)
}
