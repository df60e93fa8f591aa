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

/// The command in `$(…)`, `"$(…)"` or make's `$$(…)`, as it is written.
pub fn substituted(written: &str) -> Option<&str> {
    let bare = written.trim_matches(|c| matches!(c, '"' | '\\'));
    let inside = bare.strip_prefix("$$(").or_else(|| bare.strip_prefix("$("))?.strip_suffix(')')?;
    // Nothing else in it that the shell or the language around it puts in.
    (!inside.contains(['`', ')']) && !inside.contains("$(")).then(|| inside.trim())
}

/// Whether a text can stand in any quotes.
pub fn is_free_of_quotes(text: &str) -> bool {
    !text.contains(['"', '\'', '\\', '`', '\n'])
}
