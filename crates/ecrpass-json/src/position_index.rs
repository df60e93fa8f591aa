//! Positions of many bytes of one text, without counting from its beginning each time.

use super::position::Position;

/// A mark is set every so many bytes; nothing further is walked for one position.
const EVERY: usize = 1024;

/// Where the lines of a text are.
#[derive(Clone, Debug)]
pub struct PositionIndex {
    /// What was counted up to a byte, in the order of the text.
    marks: Vec<(usize, Position)>,
}

impl PositionIndex {
    /// Reads a text once.
    pub fn new(text: &str) -> Self {
        let mut marks = vec![(0, Position { line: 1, column: 1 })];
        let mut at = Position { line: 1, column: 1 };
        let mut next = EVERY;
        for (offset, c) in text.char_indices() {
            if offset >= next {
                marks.push((offset, at));
                next = offset + EVERY;
            }
            at = after(at, c);
        }
        Self { marks }
    }

    /// The position of a byte of the text it was made for.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let behind = self.marks.partition_point(|(mark, _)| *mark <= offset);
        let Some(&(mark, mut at)) = behind.checked_sub(1).and_then(|before| self.marks.get(before)) else {
            return Position { line: 1, column: 1 };
        };
        for (index, c) in text.get(mark..).unwrap_or_default().char_indices() {
            if mark + index + c.len_utf8() > offset {
                break;
            }
            at = after(at, c);
        }
        at
    }
}

/// The position behind a character; a byte order mark has no width.
fn after(at: Position, c: char) -> Position {
    match c {
        '\n' => Position { line: at.line + 1, column: 1 },
        '\u{feff}' if at.column == 1 => at,
        _ => Position { line: at.line, column: at.column + 1 },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_agrees_with_counting(text in "[a\u{e4}\n{]{0,40}", copies in 1_usize..200, offset in any::<prop::sample::Index>()) {
            let text = format!("\u{feff}{}", text.repeat(copies));
            let offset = offset.index(text.len() + 1);
            prop_assert_eq!(PositionIndex::new(&text).position(&text, offset), Position::of(&text, offset));
        }
    }
}
