//! From a byte of a text to its line and column, quickly even where a file of many megabytes is a single line.

use crate::position::Position;

/// Characters are counted in steps of this many bytes.
const STEP: usize = 1024;

/// Where the lines of a text start, and how many characters stand before each step.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<usize>,
    characters: Vec<usize>,
}

impl Lines {
    /// Counts a text once.
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(newline, _)| newline + 1));
        let mut characters = vec![0];
        let mut total = 0;
        for step in bytes.chunks(STEP) {
            total += count(step);
            characters.push(total);
        }
        Self { starts, characters }
    }

    /// The place of a byte of the text that was counted; one beyond the end counts as the end. A byte order mark in
    /// front has no column.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let offset = offset.min(text.len());
        let line = self.starts.partition_point(|&start| start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let mark = if line == 1 && offset > 0 && text.starts_with('\u{feff}') { 1 } else { 0 };
        let before = self.before(text, offset).saturating_sub(self.before(text, start) + mark);
        Position { line, column: before + 1 }
    }

    fn before(&self, text: &str, offset: usize) -> usize {
        let step = offset / STEP;
        let rest = text.as_bytes().get(step * STEP..offset).unwrap_or_default();
        self.characters.get(step).copied().unwrap_or_default() + count(rest)
    }
}

/// Characters that start in these bytes of UTF-8.
fn count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_and_characters_are_counted() {
        let text = "a\nä€b\n";
        let at = |offset| Lines::new(text).position(text, offset).to_string();
        assert_eq!([at(0), at(2), at(7), at(99)], ["1:1", "2:1", "2:3", "3:1"]);
        assert_eq!(Lines::new("").position("", 5).to_string(), "1:1");
        let marked = "\u{feff}{}";
        assert_eq!(Lines::new(marked).position(marked, 4).to_string(), "1:2");
        assert_eq!(Lines::new(marked).position(marked, 0).to_string(), "1:1");
    }

    proptest! {
        #[test]
        fn steps_change_nothing(mark in any::<bool>(), text in "[aä€\n]{0,2500}", at in any::<prop::sample::Index>()) {
            let text = if mark { format!("\u{feff}{text}") } else { text };
            let mut at = at.index(text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            prop_assert_eq!(Lines::new(&text).position(&text, at), Position::of(&text, at));
        }
    }
}
