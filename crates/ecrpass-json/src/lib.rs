//! Strict JSON with the position of every value, and edits that keep every other byte as it is.

pub mod document;
pub mod position;
pub mod position_index;
pub mod value;

pub use document::{Document, InvalidDocument, New, Pointer};
pub use position::{Position, mask};
pub use position_index::PositionIndex;
pub use value::{JsonKind, Member, Value, quoted};
