//! From a byte of a text to line and column, quickly even where a file of many megabytes is a single line.

/// Characters are counted in steps of this many bytes.
const STEP: usize = 1024;

/// A text whose places can be told.
pub struct Lines<'a> {
    bytes: &'a [u8],
    /// Where each line starts.
    starts: Vec<usize>,
    /// How many characters start before each multiple of [`STEP`].
    characters: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', bytes).map(|newline| newline + 1));
        let mut characters = vec![0];
        let mut total = 0;
        for step in bytes.chunks(STEP) {
            total += count(step);
            characters.push(total);
        }
        Self { bytes, starts, characters }
    }

    /// Line and column of a byte, both from 1. A byte beyond the end counts as the end.
    pub fn place(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.bytes.len());
        let line = self.starts.partition_point(|&start| start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        (line, self.before(offset).saturating_sub(self.before(start)) + 1)
    }

    /// The byte at an offset.
    pub fn byte(&self, offset: usize) -> Option<u8> {
        self.bytes.get(offset).copied()
    }

    fn before(&self, offset: usize) -> usize {
        let step = offset / STEP;
        let rest = self.bytes.get(step * STEP..offset).unwrap_or_default();
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
    fn places_count_lines_and_characters() {
        let lines = Lines::new("a\nä€b\n");
        assert_eq!(lines.place(0), (1, 1));
        assert_eq!(lines.place(2), (2, 1));
        assert_eq!(lines.place(7), (2, 3));
        assert_eq!(lines.place(99), (3, 1));
        assert_eq!(Lines::new("").place(5), (1, 1));
    }

    proptest! {
        #[test]
        fn steps_change_nothing(text in "[aä€\n]{0,2500}", at in any::<prop::sample::Index>()) {
            let mut at = at.index(text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let before = &text[..at];
            let line = before.rsplit('\n').next().unwrap_or_default();
            prop_assert_eq!(Lines::new(&text).place(at), (before.matches('\n').count() + 1, line.chars().count() + 1));
        }
    }
}
