//! What parsing a file gives, whatever its language.

use std::ops::Range;

/// Something that is parsed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Part {
    /// What it is: `mapping`, `command`, `instruction`.
    pub kind: &'static str,
    /// Its bytes in the file.
    pub bytes: Range<usize>,
    /// What it says, if it is no mere container.
    pub text: String,
}

/// All that is parsed of a file.
#[derive(Clone, Debug, Default)]
pub struct Skeleton {
    /// Its parts.
    pub parts: Vec<Part>,
    /// As what it cannot be parsed: `JSON`, `YAML`.
    pub damaged: Vec<&'static str>,
    /// How many keys stand in a mapping that has them already.
    pub repeated: usize,
}
