//! Finds many texts at once: the automaton of Aho and Corasick, with a next state for every state and byte.
//!
//! A library that does this chooses between several kinds of automata, all of which the web page would hold.

use std::collections::VecDeque;
use std::ops::ControlFlow;

/// Finds texts.
pub struct Automaton {
    /// Of every byte, its column; the bytes that stand in no text share the first.
    columns: Vec<usize>,
    /// How many columns there are.
    width: usize,
    /// Of every state and column, where the next state's columns begin.
    next: Vec<usize>,
    /// Of every state, the texts that end there.
    ends: Vec<End>,
    /// The lengths of the texts.
    lengths: Vec<usize>,
}

/// The texts that end at a state.
#[derive(Clone, Copy, Default)]
struct End {
    /// The longest.
    text: Option<usize>,
    /// The state of the next shorter one, 0 when there is none.
    shorter: usize,
}

/// A text that was found.
pub struct Found {
    /// Which it is.
    pub text: usize,
    /// Where it begins.
    pub start: usize,
}

impl Automaton {
    /// Finds these texts, none of which is empty or twice among them.
    pub fn new(texts: &[&str]) -> Self {
        let mut columns = vec![0; 256];
        let mut width = 1;
        for byte in texts.iter().flat_map(|text| text.bytes()) {
            if let Some(column @ 0) = columns.get_mut(usize::from(byte)) {
                *column = width;
                width += 1;
            }
        }
        let lengths = texts.iter().map(|text| text.len()).collect();
        let mut automaton =
            Self { columns, width, next: vec![0; width], ends: vec![End::default()], lengths };
        for (number, text) in texts.iter().enumerate() {
            automaton.add(number, text.as_bytes());
        }
        automaton.complete();
        automaton
    }

    fn column(&self, byte: u8) -> usize {
        self.columns.get(usize::from(byte)).copied().unwrap_or_default()
    }

    fn step(&self, row: usize, column: usize) -> usize {
        self.next.get(row + column).copied().unwrap_or_default()
    }

    fn end(&self, row: usize) -> End {
        self.ends.get(row / self.width).copied().unwrap_or_default()
    }

    /// Adds the path of a text to the tree of all.
    fn add(&mut self, number: usize, text: &[u8]) {
        let mut row = 0;
        for byte in text {
            let column = self.column(*byte);
            let mut next = self.step(row, column);
            if next == 0 {
                next = self.next.len();
                self.next.resize(next + self.width, 0);
                self.ends.push(End::default());
                self.set(row, column, next);
            }
            row = next;
        }
        if let Some(end) = self.ends.get_mut(row / self.width) {
            end.text = Some(number);
        }
    }

    fn set(&mut self, row: usize, column: usize, next: usize) {
        if let Some(place) = self.next.get_mut(row + column) {
            *place = next;
        }
    }

    /// Where the tree ends, goes on where the longest end of what was read begins a text. What is nearer to the root is
    /// completed first.
    fn complete(&mut self) {
        let mut waiting = VecDeque::from([(0, 0)]);
        while let Some((row, fallback)) = waiting.pop_front() {
            for column in 0..self.width {
                let after_fallback = if row == 0 { 0 } else { self.step(fallback, column) };
                match self.step(row, column) {
                    0 => self.set(row, column, after_fallback),
                    child => {
                        let end = self.end(after_fallback);
                        let shorter = if end.text.is_some() { after_fallback } else { end.shorter };
                        if let Some(end) = self.ends.get_mut(child / self.width) {
                            end.shorter = shorter;
                        }
                        waiting.push_back((child, after_fallback));
                    }
                }
            }
        }
    }

    /// Calls back for every text found, in the order in which they end, until it breaks off.
    pub fn find(&self, haystack: &[u8], found: &mut dyn FnMut(Found) -> ControlFlow<()>) {
        let mut row = 0;
        for (at, byte) in haystack.iter().enumerate() {
            row = self.step(row, self.column(*byte));
            let mut end = self.end(row);
            loop {
                if let Some(text) = end.text {
                    let length = self.lengths.get(text).copied().unwrap_or_default();
                    if found(Found { text, start: at + 1 - length }).is_break() {
                        return;
                    }
                }
                if end.shorter == 0 {
                    break;
                }
                end = self.end(end.shorter);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn all(texts: &[&str], haystack: &str) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        Automaton::new(texts).find(haystack.as_bytes(), &mut |found| {
            all.push((found.start, found.text));
            ControlFlow::Continue(())
        });
        all
    }

    #[test]
    fn texts_within_texts_are_found() {
        assert_eq!(all(&["he", "she", "his", "hers"], "ushers"), [(1, 1), (2, 0), (2, 3)]);
        assert_eq!(all(&["a", "ab", "bab"], "abab"), [(0, 0), (0, 1), (2, 0), (1, 2), (2, 1)]);
        assert_eq!(all(&["a"], "\u{e9}b"), []);
        assert_eq!(all(&[], "abc"), []);
    }

    #[test]
    fn it_stops_when_asked_to() {
        let mut first = None;
        Automaton::new(&["b", "c"]).find(b"abcb", &mut |found| {
            assert!(first.is_none());
            first = Some(found.start);
            ControlFlow::Break(())
        });
        assert_eq!(first, Some(1));
    }

    proptest! {
        #[test]
        fn it_finds_what_comparing_finds(texts in proptest::collection::btree_set("[abc\u{e9}]{1,4}", 0..8), haystack in "[abc\u{e9}]{0,40}") {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let mut expected = BTreeSet::new();
            for (number, text) in texts.iter().enumerate() {
                let starts = (0..haystack.len()).filter(|at| haystack.as_bytes()[*at..].starts_with(text.as_bytes()));
                expected.extend(starts.map(|start| (start, number)));
            }
            let found = all(&texts, &haystack);
            prop_assert_eq!(found.len(), expected.len());
            prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
        }
    }
}
