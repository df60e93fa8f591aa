//! The texts of a table, looked for in a line all at once: a table has dozens, and a log millions of lines.

use std::ops::Range;

use aho_corasick::Input;
use aho_corasick::automaton::Automaton as _;
use aho_corasick::nfa::contiguous::NFA;

/// Texts to look for. Not `AhoCorasick`, which would choose this automaton, and brings the others into the web page.
pub struct Texts(Option<NFA>);

impl Texts {
    /// The texts of a table, in its order.
    pub fn new(texts: impl IntoIterator<Item = &'static str>) -> Self {
        // It fails only for more texts than fit into memory.
        Self(NFA::new(texts).ok())
    }

    /// Where texts are in a line, each with its number in the table; those that overlap as well.
    pub fn found<'a>(&'a self, line: &'a str) -> impl Iterator<Item = (Range<usize>, usize)> + 'a {
        let found = self.0.iter().filter_map(|nfa| nfa.try_find_overlapping_iter(Input::new(line)).ok());
        found.flatten().map(|found| (found.range(), found.pattern().as_usize()))
    }

    /// The number of the first text of the table that a line has, wherever in it.
    pub fn first(&self, line: &str) -> Option<usize> {
        self.found(line).map(|(_, number)| number).min()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TABLE: [&str; 6] = ["abc", "b", "bc", "ca", "c", "aab"];

    proptest! {
        #[test]
        fn all_texts_are_found_and_the_first_of_the_table_wins(line in "[abc ]{0,12}") {
            let texts = Texts::new(TABLE);
            let mut found: Vec<_> = texts.found(&line).map(|(at, number)| (at.start, at.end, number)).collect();
            let mut expected: Vec<_> = (0..line.len())
                .flat_map(|at| (0..TABLE.len()).map(move |number| (at, number)))
                .filter(|(at, number)| line[*at..].starts_with(TABLE[*number]))
                .map(|(at, number)| (at, at + TABLE[number].len(), number))
                .collect();
            found.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(found, expected);
            prop_assert_eq!(texts.first(&line), TABLE.iter().position(|text| line.contains(text)));
        }
    }
}
