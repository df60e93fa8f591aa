//! A change of a file as bytes and what comes in their place.

use std::ops::Range;

/// A replacement in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The bytes that go.
    pub bytes: Range<usize>,
    /// What comes.
    pub text: String,
}

/// Whether it may be made without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// Nothing that works stops working.
    Safe,
    /// Only on request.
    Unsafe,
}

/// What fixes it in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEdit {
    /// What it does, in a line.
    pub summary: String,
    /// Whether it may be made without asking.
    pub safety: Safety,
    /// The replacements, in the file's order, none overlapping.
    pub replacements: Vec<Replacement>,
}

/// A text with edits made, and which of them were: one that overlaps an earlier one, or does not fit the text, is left
/// out whole. Two that make the same replacement are one.
pub fn apply(text: &str, edits: &[&FileEdit]) -> (String, Vec<bool>) {
    let mut taken: Vec<&Replacement> = Vec::new();
    let mut made = Vec::with_capacity(edits.len());
    for edit in edits {
        let new: Vec<&Replacement> =
            edit.replacements.iter().filter(|replacement| !taken.contains(replacement)).collect();
        let fits = |replacement: &&Replacement| {
            text.get(replacement.bytes.clone()).is_some()
                && !taken.iter().any(|other| overlaps(&other.bytes, &replacement.bytes))
        };
        let is_made = new.iter().all(fits);
        if is_made {
            taken.extend(new);
        }
        made.push(is_made);
    }
    taken.sort_by_key(|replacement| (replacement.bytes.start, replacement.bytes.end));
    let mut edited = String::with_capacity(text.len());
    let mut from = 0;
    for Replacement { bytes, text: new } in taken {
        edited.push_str(text.get(from..bytes.start).unwrap_or_default());
        edited.push_str(new);
        from = bytes.end;
    }
    edited.push_str(text.get(from..).unwrap_or_default());
    (edited, made)
}

/// Whether two cannot both be made: they share bytes, or put something at the same place, in an order nobody knows.
fn overlaps(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end || one.start == other.start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(replacements: &[(Range<usize>, &str)]) -> FileEdit {
        let replacements = replacements
            .iter()
            .map(|(bytes, text)| Replacement { bytes: bytes.clone(), text: (*text).to_owned() });
        FileEdit { summary: String::new(), safety: Safety::Safe, replacements: replacements.collect() }
    }

    #[test]
    fn edits_that_do_not_fit_together_are_made_one_after_the_other() {
        let (one, two) = (edit(&[(0..1, "A"), (4..5, "")]), edit(&[(2..3, "C")]));
        assert_eq!(apply("abcde", &[&one, &two]), ("AbCd".to_owned(), vec![true, true]));
        let overlapping = edit(&[(0..3, "x")]);
        assert_eq!(apply("abcde", &[&one, &overlapping]), ("Abcd".to_owned(), vec![true, false]));
        // The same permission for two jobs' sake is added once.
        assert_eq!(apply("abcde", &[&two, &two]), ("abCde".to_owned(), vec![true, true]));
        let (here, there) = (edit(&[(1..1, "+")]), edit(&[(1..1, "-")]));
        assert_eq!(apply("ab", &[&here, &there]), ("a+b".to_owned(), vec![true, false]));
        assert_eq!(
            apply("é", &[&edit(&[(1..2, "x")]), &edit(&[(0..9, "x")])]),
            ("é".to_owned(), vec![false, false])
        );
    }
}
