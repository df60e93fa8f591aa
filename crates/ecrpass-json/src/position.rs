//! Where something stands in a file, and how to show it without showing a secret.

use std::fmt;
use std::ops::Range;

use ecrpass_core::redact::redact;

use crate::damaged::dot_secrets;

/// How many characters of a line are shown before the column, and from it on.
const BEFORE: usize = 70;
const AFTER: usize = 50;

/// How many bytes on each side of the column are looked through for secrets: the longest token has half as many.
const AROUND: usize = 128 * 1024;

/// A line and a column, both counted from 1; the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Position {
    /// The place of a byte in a text.
    pub fn of(text: &str, offset: usize) -> Self {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = text.get(..offset).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self {
            line: before.matches('\n').count() + 1,
            column: line.trim_start_matches('\u{feff}').chars().count() + 1,
        }
    }

    /// The line as a compiler shows it, the column marked; secrets in it are hidden.
    pub fn excerpt(self, text: &str) -> String {
        let source = text.lines().nth(self.line - 1).unwrap_or_default().trim_start_matches('\u{feff}');
        let at = source.char_indices().nth(self.column - 1).map_or(source.len(), |(at, _)| at);
        // A line of many kilobytes (all of the file, written compactly) is cut around the column: first so far from it
        // that a secret still shows what it is, and what is left without secrets is cut to what is shown.
        let from = source.floor_char_boundary(at.saturating_sub(AROUND));
        let source = source.get(..source.ceil_char_boundary(at.saturating_add(AROUND))).unwrap_or_default();
        let shown = |part: Range<usize>| {
            let dotted = dot_secrets(source, part).replace('\t', " ");
            redact(&dotted).into_owned()
        };
        let (before, after) = (shown(from..at), shown(at..source.len()));
        let start = before.char_indices().rev().nth(BEFORE - 1).map_or(0, |(start, _)| start);
        let before = before.get(start..).unwrap_or_default();
        let after: String = after.chars().take(AFTER).collect();
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let indent = " ".repeat(before.chars().count());
        format!("{margin} |\n{number} | {}\n{margin} | {indent}^", format!("{before}{after}").trim_end())
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places_are_counted_in_characters() {
        let text = "\u{feff}{\n  \"ä\": x\r\n}";
        assert_eq!(Position::of(text, 3), Position { line: 1, column: 1 });
        assert_eq!(Position::of(text, text.find('x').unwrap()), Position { line: 2, column: 8 });
        assert_eq!(Position::of(text, 999).line, 3);
    }

    #[test]
    fn excerpts_mark_the_column_and_hide_secrets() {
        let text = "{\n\t\"auths\": {\"h\": {\"auth\": \"c2VjcmV0\" \"x\": 1}}\n}";
        let offset = text.find("\"x\"").unwrap();
        assert_eq!(
            Position::of(text, offset).excerpt(text),
            "  |\n2 |  \"auths\": {\"h\": {\"auth\": \"[redacted]\" \"x\": 1}}\n  |                                       ^"
        );
    }

    proptest! {
        #[test]
        fn a_secret_is_never_shown(
            key in prop::sample::select(&["auth", "Password", "identitytoken"][..]),
            space in " {0,2}", secret in "[A-Za-z0-9+/]{12,80}", damage in "[{}\\[\\],: a\"]{0,3}", column in 1_usize..200,
        ) {
            let text = format!("{{\"auths\":{{\"h\":{{{damage}\"{key}\"{space}:{space}\"{secret}\"{damage}}}}}}}");
            // Damage that opens a quote of its own moves what is a string; then only shapes can tell.
            prop_assume!(!damage.contains('"'));
            let excerpt = Position { line: 1, column }.excerpt(&text);
            prop_assert!(!excerpt.contains(&secret[..8]), "{}", excerpt);
        }
    }
}
