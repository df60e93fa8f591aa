//! Lines of a file: whole ones taken away, new ones put in with the indentation around them.

use std::ops::Range;

use ecrpass_audit::edit::Replacement;
use ecrpass_audit::jobs::edits::{indentation, line_break, line_end, line_start};

/// The whole lines that a place touches.
pub fn whole(text: &str, bytes: &Range<usize>) -> Range<usize> {
    let last = bytes.end.saturating_sub(1).max(bytes.start);
    line_start(text, bytes.start)..line_end(text, last)
}

/// New lines before the line of a byte.
pub fn before(text: &str, byte: usize, indent: &str, lines: &[String]) -> Replacement {
    let at = line_start(text, byte);
    Replacement { bytes: at..at, text: joined(text, indent, lines) }
}

/// New lines behind the line of a byte.
pub fn behind(text: &str, byte: usize, indent: &str, lines: &[String]) -> Replacement {
    let at = line_end(text, byte);
    // A last line may have no break.
    let is_open = at == text.len() && !text.ends_with('\n');
    let gap = if is_open { line_break(text) } else { "" };
    Replacement { bytes: at..at, text: format!("{gap}{}", joined(text, indent, lines)) }
}

/// New lines in place of whole ones.
pub fn instead(text: &str, lines_of: Range<usize>, indent: &str, lines: &[String]) -> Replacement {
    Replacement { bytes: lines_of, text: joined(text, indent, lines) }
}

/// Lines with the file's breaks.
fn joined(text: &str, indent: &str, lines: &[String]) -> String {
    let end = line_break(text);
    lines
        .iter()
        .map(|line| if line.is_empty() { end.to_owned() } else { format!("{indent}{line}{end}") })
        .collect()
}

/// The blanks in front of the line of a byte.
pub fn indent_of(text: &str, byte: usize) -> &str {
    indentation(text, line_start(text, byte))
}

/// The column of a byte, as blanks: what stands below it has to be indented so.
pub fn column(text: &str, byte: usize) -> String {
    let start = line_start(text, byte);
    " ".repeat(text.get(start..byte).map_or(0, |before| before.chars().count()))
}

/// Whether a member of a mapping stands on lines of its own: nothing but blanks, and the mark of a list, before its key.
pub fn is_own_line(text: &str, key: &Range<usize>) -> bool {
    let before = text.get(line_start(text, key.start)..key.start).unwrap_or_default();
    before.trim_matches([' ', '-']).is_empty()
}
