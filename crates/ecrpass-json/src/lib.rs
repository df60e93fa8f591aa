//! Strict JSON with the position of every value, and edits that keep every other byte as it is.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

pub mod document;
pub mod position;
pub mod value;

pub use document::{Document, InvalidDocument, New, Pointer};
pub use position::{Position, mask};
pub use value::{Kind, Member, Value, quoted};
