//! The functions JavaScript sees.

#![allow(unsafe_code)] // what the macro expands to

use wasm_bindgen::prelude::wasm_bindgen;

/// What is wrong with a text: see [`crate::look()`].
#[wasm_bindgen]
pub fn look(text: &str, kind: &str, source: &str, now: f64) -> String {
    crate::look(text, kind, source, now)
}

/// Who supplies the credentials: see [`crate::resolve()`].
#[wasm_bindgen]
pub fn resolve(text: &str, question: &str, now: f64) -> String {
    crate::resolve(text, question, now)
}

/// The clients there is a model of: see [`crate::clients`].
#[wasm_bindgen]
pub fn clients() -> String {
    crate::clients()
}

/// The safe copy: see [`crate::share`].
#[wasm_bindgen]
pub fn share(text: &str, kind: &str) -> String {
    crate::share(text, kind)
}
