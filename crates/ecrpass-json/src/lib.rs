//! Strict JSON with the position of every value, and edits that keep every other byte as it is.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

mod bounds;
mod damaged;
pub mod document;
pub mod edit;
mod layout;
pub mod lines;
mod mask;
mod parser;
pub mod position;
mod pretty;
pub mod value;

pub use bounds::Bounds;
pub use document::{Document, InvalidDocument, Pointer};
pub use edit::{Edit, Moved, New};
pub use lines::Lines;
pub use mask::mask;
pub use parser::{SyntaxError, parse, parse_at_most};
pub use position::Position;
pub use pretty::pretty;
pub use value::{JsonKind, Member, Value, is_field, quoted};
