//! Edits of commands where they stand: the quoting around them stays as it is, so nothing that is put in has quotes.

use std::ops::Range;

use crate::edit::{FileEdit, Replacement, Safety};
use crate::source::SourceFile;

/// An edit that nothing else depends on.
pub fn safe(summary: &str, replacements: Vec<Replacement>) -> FileEdit {
    FileEdit { summary: summary.to_owned(), safety: Safety::Safe, replacements }
}

/// A replacement.
pub fn replace(bytes: Range<usize>, text: impl Into<String>) -> Replacement {
    Replacement { bytes, text: text.into() }
}

/// The text of a place, if it stands in one line.
pub fn line_of<'a>(file: &'a SourceFile, bytes: &Range<usize>) -> Option<&'a str> {
    file.text.get(bytes.clone()).filter(|text| !text.contains('\n'))
}

/// Whether a text can stand in any quotes.
pub fn is_free_of_quotes(text: &str) -> bool {
    !text.contains(['"', '\'', '\\', '`', '\n'])
}
