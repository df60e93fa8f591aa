//! From a byte of a text to its line and column, quickly even where a file of many megabytes is a single line.

use crate::position::Position;

/// Lines and characters are counted in steps of this many bytes: a text of nothing but line ends takes no more room than
/// another one.
const STEP: usize = 256;

/// How many lines and characters of a text stand before each step.
#[derive(Clone, Debug)]
pub struct Lines {
    steps: Vec<Before>,
}

/// What stands before a byte.
#[derive(Clone, Copy, Debug, Default)]
struct Before {
    line_ends: usize,
    characters: usize,
}

impl Lines {
    /// Counts a text once.
    pub fn new(text: &str) -> Self {
        let mut before = Before::default();
        let mut steps = vec![before];
        for step in text.as_bytes().chunks(STEP) {
            before = before.and(step);
            steps.push(before);
        }
        Self { steps }
    }

    /// The place of a byte of the text that was counted; one beyond the end counts as the end. A byte order mark in
    /// front has no column.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let offset = offset.min(text.len());
        let before = self.before(text, offset);
        let start = self.last_line_end(text, offset, before.line_ends).map_or(0, |line_end| line_end + 1);
        let mark = if start == 0 && offset > 0 && text.starts_with('\u{feff}') { 1 } else { 0 };
        let characters = before.characters.saturating_sub(self.before(text, start).characters + mark);
        Position { line: before.line_ends + 1, column: characters + 1 }
    }

    fn before(&self, text: &str, offset: usize) -> Before {
        let step = offset / STEP;
        let rest = text.as_bytes().get(step * STEP..offset).unwrap_or_default();
        self.steps.get(step).copied().unwrap_or_default().and(rest)
    }

    /// The last of so many line ends, all before a byte.
    fn last_line_end(&self, text: &str, offset: usize, line_ends: usize) -> Option<usize> {
        // In the last step before which there were fewer.
        let step = self.steps.partition_point(|before| before.line_ends < line_ends).checked_sub(1)?;
        let until = offset.min((step + 1) * STEP);
        let bytes = text.as_bytes().get(step * STEP..until)?;
        bytes.iter().rposition(|&byte| byte == b'\n').map(|at| step * STEP + at)
    }
}

impl Before {
    fn and(self, bytes: &[u8]) -> Self {
        Self {
            line_ends: self.line_ends + bytes.iter().filter(|&&byte| byte == b'\n').count(),
            characters: self.characters + count(bytes),
        }
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
