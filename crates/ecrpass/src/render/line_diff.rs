//! Which lines of a large text are gone and which are new, in time that grows with the text. What finds the least difference
//! takes the square of it, and of ten thousand registries every line may have changed.
//!
//! Lines that stand in both texts once are taken for the same, as far as they come in the same order; between them stands
//! what is compared more closely where that is short, and counts as replaced where it is long. Source: B. Cohen's patience
//! diff.

use std::collections::HashMap;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// How many pairs of lines are compared between two lines that are the same.
const MOST_PAIRS: usize = 250_000;

/// What makes one text of the other, in order.
pub fn operations(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    let mut operations = Vec::new();
    let (mut at_old, mut at_new) = (0, 0);
    for (same_old, same_new) in same_lines(old, new) {
        between((old, at_old..same_old), (new, at_new..same_new), &mut operations);
        push(DiffOp::Equal { old_index: same_old, new_index: same_new, len: 1 }, &mut operations);
        (at_old, at_new) = (same_old + 1, same_new + 1);
    }
    between((old, at_old..old.len()), (new, at_new..new.len()), &mut operations);
    operations
}

/// The lines that stand in both texts once and come in the same order in both: as many of them as there can be.
fn same_lines(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let in_new = once(new);
    let mut pairs: Vec<(usize, usize)> =
        once(old).into_iter().filter_map(|(line, at)| Some((at, *in_new.get(line)?))).collect();
    pairs.sort_unstable();
    // The longest rising sequence: the pair that ends the best one of each length, and what stands before each pair in it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let place = |index: &usize| pairs.get(*index).map_or(0, |(_, at)| *at);
    for (index, (_, at)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| place(end) < *at);
        before.push(length.checked_sub(1).and_then(|shorter| ends.get(shorter)).copied());
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut same = Vec::with_capacity(ends.len());
    let mut next = ends.last().copied();
    while let Some(index) = next {
        same.extend(pairs.get(index).copied());
        next = before.get(index).copied().flatten();
    }
    same.reverse();
    same
}

/// The lines that stand in a text once, and where.
fn once<'a>(lines: &[&'a str]) -> HashMap<&'a str, usize> {
    let mut counts: HashMap<&str, (usize, usize)> = HashMap::with_capacity(lines.len());
    for (at, line) in lines.iter().enumerate() {
        counts.entry(line).or_insert((at, 0)).1 += 1;
    }
    counts.into_iter().filter(|(_, (_, count))| *count == 1).map(|(line, (at, _))| (line, at)).collect()
}

/// Compares what stands between two lines that are the same.
fn between(
    (old, mut gone): (&[&str], Range<usize>),
    (new, mut come): (&[&str], Range<usize>),
    to: &mut Vec<DiffOp>,
) {
    while !gone.is_empty() && !come.is_empty() && old.get(gone.start) == new.get(come.start) {
        push(DiffOp::Equal { old_index: gone.start, new_index: come.start, len: 1 }, to);
        (gone.start, come.start) = (gone.start + 1, come.start + 1);
    }
    let mut after = 0;
    while !gone.is_empty() && !come.is_empty() && old.get(gone.end - 1) == new.get(come.end - 1) {
        (gone.end, come.end, after) = (gone.end - 1, come.end - 1, after + 1);
    }
    let (old_index, new_index, old_len, new_len) = (gone.start, come.start, gone.len(), come.len());
    match (old_len, new_len) {
        (0, 0) => {}
        (_, 0) => push(DiffOp::Delete { old_index, old_len, new_index }, to),
        (0, _) => push(DiffOp::Insert { old_index, new_index, new_len }, to),
        _ if old_len.saturating_mul(new_len) > MOST_PAIRS => {
            push(DiffOp::Replace { old_index, old_len, new_index, new_len }, to);
        }
        _ => {
            let parts =
                (old.get(gone.clone()).unwrap_or_default(), new.get(come.clone()).unwrap_or_default());
            for found in capture_diff_slices(Algorithm::Myers, parts.0, parts.1) {
                push(moved(found, old_index, new_index), to);
            }
        }
    }
    if after > 0 {
        push(DiffOp::Equal { old_index: gone.end, new_index: come.end, len: after }, to);
    }
}

/// An operation of parts as one of the whole.
fn moved(operation: DiffOp, by_old: usize, by_new: usize) -> DiffOp {
    match operation {
        DiffOp::Equal { old_index, new_index, len } => {
            DiffOp::Equal { old_index: old_index + by_old, new_index: new_index + by_new, len }
        }
        DiffOp::Delete { old_index, old_len, new_index } => {
            DiffOp::Delete { old_index: old_index + by_old, old_len, new_index: new_index + by_new }
        }
        DiffOp::Insert { old_index, new_index, new_len } => {
            DiffOp::Insert { old_index: old_index + by_old, new_index: new_index + by_new, new_len }
        }
        DiffOp::Replace { old_index, old_len, new_index, new_len } => {
            DiffOp::Replace { old_index: old_index + by_old, old_len, new_index: new_index + by_new, new_len }
        }
    }
}

/// Adds an operation; what stays the same is one with what stayed the same before it.
fn push(operation: DiffOp, to: &mut Vec<DiffOp>) {
    match (to.last_mut(), &operation) {
        (Some(DiffOp::Equal { len, .. }), DiffOp::Equal { len: more, .. }) => *len += more,
        _ => to.push(operation),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, clippy::unwrap_used)] // a test's way of failing

    use super::*;

    /// The new text, made of the old one by what was found.
    fn carried_out<'a>(old: &[&'a str], new: &[&'a str], operations: &[DiffOp]) -> Vec<&'a str> {
        let (mut made, mut at) = (Vec::new(), 0);
        for operation in operations {
            assert_eq!(operation.old_range().start, at);
            at = operation.old_range().end;
            match operation {
                DiffOp::Equal { .. } => made.extend(&old[operation.old_range()]),
                _ => made.extend(&new[operation.new_range()]),
            }
        }
        assert_eq!(at, old.len());
        made
    }

    #[test]
    fn it_makes_the_new_text_of_the_old_one() {
        let words = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
        // Source: xorshift64, G. Marsaglia.
        let mut chance = 7_u64;
        let mut below = |most: usize| {
            chance ^= chance << 13;
            chance ^= chance >> 7;
            chance ^= chance << 17;
            usize::try_from(chance % most as u64).unwrap()
        };
        for _ in 0..5_000 {
            let mut text = || (0..below(30)).map(|_| words[below(words.len())]).collect::<Vec<_>>();
            let (old, new) = (text(), text());
            assert_eq!(carried_out(&old, &new, &operations(&old, &new)), new, "{old:?}");
        }
    }

    #[test]
    fn members_that_go_are_all_that_goes() {
        let text = |numbers: &mut dyn Iterator<Item = usize>| {
            let mut lines = vec!["{".to_owned()];
            for number in numbers {
                lines.extend([format!("\"{number}\": {{"), "  \"auth\": \"x\"".to_owned(), "},".to_owned()]);
            }
            lines.push("}".to_owned());
            lines
        };
        let (old, new) = (text(&mut (0..20_000)), text(&mut (0..20_000).filter(|number| number % 3 != 1)));
        let old: Vec<&str> = old.iter().map(String::as_str).collect();
        let new: Vec<&str> = new.iter().map(String::as_str).collect();
        let found = operations(&old, &new);
        assert_eq!(carried_out(&old, &new, &found), new);
        let gone: usize = found
            .iter()
            .filter(|one| !matches!(one, DiffOp::Equal { .. }))
            .map(|one| one.old_range().len())
            .sum();
        assert_eq!(gone, old.len() - new.len());
        // Nothing is left of the old text, and no time is lost on that.
        let others: Vec<String> = (0..60_000).map(|number| format!("other {number}")).collect();
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        assert_eq!(carried_out(&old, &others, &operations(&old, &others)), others);
    }
}
