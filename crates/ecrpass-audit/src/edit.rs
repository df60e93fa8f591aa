//! A change of a file as bytes and what comes in their place.

use std::ops::Range;

/// A replacement in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The bytes that go.
    pub bytes: Range<usize>,
    /// What comes.
    pub text: String,
}

/// Whether it may be made without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// Nothing that works stops working.
    Safe,
    /// Only on request.
    Unsafe,
}

/// What fixes it in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEdit {
    /// What it does, in a line.
    pub summary: String,
    /// Whether it may be made without asking.
    pub safety: Safety,
    /// The replacements, in the file's order, none overlapping.
    pub replacements: Vec<Replacement>,
}
