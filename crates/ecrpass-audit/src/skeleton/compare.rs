//! Whether two readings of a file differ in something else than what was replaced between them.

use std::collections::HashSet;
use std::ops::{Range, RangeInclusive};

use crate::skeleton::parts::{Part, Skeleton};

/// A place that was replaced: its bytes before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    old: Range<usize>,
    new: Range<usize>,
}

/// What is different after an edit besides what the edit says, in words; `replaced` are the bytes before and the length
/// of what came in their place, in the file's order.
pub fn differs(before: &Skeleton, after: &Skeleton, replaced: &[(Range<usize>, usize)]) -> Option<String> {
    if let Some(language) = after.damaged.iter().find(|language| !before.damaged.contains(language)) {
        return Some(format!("the file would not be {language} any more"));
    }
    if after.repeated > before.repeated {
        return Some("a key would stand twice in a mapping".to_owned());
    }
    let changes = changes(replaced);
    if let Some(part) = missing(&before.parts, &after.parts, &changes) {
        return Some(format!("it would change a {} that it does not mean", part.kind));
    }
    let back: Vec<Change> =
        changes.into_iter().map(|Change { old, new }| Change { old: new, new: old }).collect();
    let part = missing(&after.parts, &before.parts, &back)?;
    Some(format!("it would make a {} that it does not mean", part.kind))
}

/// Where what is at a byte before is after, at the least and at the most.
pub fn moved(byte: usize, replaced: &[(Range<usize>, usize)]) -> RangeInclusive<usize> {
    place(byte, &changes(replaced))
}

fn changes(replaced: &[(Range<usize>, usize)]) -> Vec<Change> {
    let (mut gone, mut come) = (0, 0);
    let mut all = Vec::with_capacity(replaced.len());
    for (old, length) in replaced {
        let start = (old.start + come).saturating_sub(gone);
        all.push(Change { old: old.clone(), new: start..start + length });
        gone += old.len();
        come += length;
    }
    all
}

fn place(byte: usize, changes: &[Change]) -> RangeInclusive<usize> {
    let touching = |change: &&Change| change.old.start <= byte && byte <= change.old.end;
    if let Some(first) = changes.iter().find(touching) {
        let last = changes.iter().rfind(touching).unwrap_or(first);
        return first.new.start..=last.new.end;
    }
    let before = changes.iter().rfind(|change| change.old.end < byte);
    let at = before.map_or(byte, |change| change.new.end + (byte - change.old.end));
    at..=at
}

/// A part of the one reading that the other one lacks, and that was not replaced.
fn missing<'a>(parts: &'a [Part], others: &[Part], changes: &[Change]) -> Option<&'a Part> {
    let same: HashSet<(&str, &Range<usize>, &str)> =
        others.iter().map(|part| (part.kind, &part.bytes, part.text.as_str())).collect();
    parts.iter().find(|part| {
        let Range { start, end } = part.bytes;
        if changes.iter().any(|change| is_of(part, change)) || is_around(part, changes) {
            return false;
        }
        let (from, to) = (place(start, changes), place(end, changes));
        // Something put in front of the first item moves where a list begins, and nothing else of it.
        let begins_anew = |other: &Part| {
            matches!(part.kind, "list" | "mapping")
                && other.kind == part.kind
                && to.contains(&other.bytes.end)
                && changes.iter().any(|change| {
                    (change.old.start..=change.old.end).contains(&start)
                        || (change.new.start..=change.new.end).contains(&other.bytes.start)
                })
        };
        let is_touched = changes.iter().any(|change| change.old.start <= end && start <= change.old.end);
        if !is_touched {
            return !same.contains(&(part.kind, &(*from.start()..*to.start()), part.text.as_str()))
                && !others.iter().any(begins_anew);
        }
        let is_there = |other: &Part| {
            other.kind == part.kind && from.contains(&other.bytes.start) && to.contains(&other.bytes.end)
        };
        !others.iter().any(|other| is_there(other) || begins_anew(other))
    })
}

/// Whether a part stands in what was replaced.
fn is_of(part: &Part, change: &Change) -> bool {
    !change.old.is_empty() && change.old.start <= part.bytes.start && part.bytes.end <= change.old.end
}

/// Whether a part begins and ends with what was replaced, as brackets that were put around something.
fn is_around(part: &Part, changes: &[Change]) -> bool {
    let begins = |change: &Change| change.old.contains(&part.bytes.start);
    let ends = |change: &Change| change.old.start < part.bytes.end && part.bytes.end <= change.old.end;
    changes.iter().any(begins) && changes.iter().any(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(kind: &'static str, bytes: Range<usize>, text: &str) -> Part {
        Part { kind, bytes, text: text.to_owned() }
    }

    fn skeleton(parts: &[Part]) -> Skeleton {
        Skeleton { parts: parts.to_vec(), ..Skeleton::default() }
    }

    #[test]
    fn what_stands_elsewhere_stays() {
        // `a: 1, b: 2` with 10 for 1.
        let before =
            skeleton(&[part("mapping", 0..10, ""), part("scalar", 3..4, "1"), part("scalar", 9..10, "2")]);
        let after = |last: &str| {
            skeleton(&[part("mapping", 0..11, ""), part("scalar", 3..5, "10"), part("scalar", 10..11, last)])
        };
        let replaced = [(3..4, 2)];
        assert_eq!(differs(&before, &after("2"), &replaced), None);
        assert!(differs(&before, &after("3"), &replaced).unwrap().contains("change a scalar"));
        let mut less = after("2");
        less.parts.pop();
        assert!(differs(&before, &less, &replaced).is_some());
        let mut more = after("2");
        more.parts.push(part("key", 10..11, "x"));
        assert!(differs(&before, &more, &replaced).unwrap().contains("make a key"));
        let damaged = Skeleton { damaged: vec!["JSON"], ..after("2") };
        assert!(differs(&before, &damaged, &replaced).unwrap().contains("JSON"));
        let repeated = Skeleton { repeated: 1, ..after("2") };
        assert!(differs(&before, &repeated, &replaced).is_some());
    }

    #[test]
    fn what_is_put_in_front_or_around_is_meant() {
        // `x` becomes `a | x`.
        let before = skeleton(&[part("scalar", 0..1, "x"), part("command", 0..1, "x")]);
        let after = skeleton(&[
            part("scalar", 0..5, "a | x"),
            part("command", 0..1, "a"),
            part("command", 4..5, "x"),
        ]);
        assert_eq!(differs(&before, &after, &[(0..0, 4)]), None);
        // `x` becomes `[x]`.
        let around = skeleton(&[part("list", 0..3, ""), part("scalar", 1..2, "x")]);
        assert_eq!(differs(&skeleton(&[part("scalar", 0..1, "x")]), &around, &[(0..0, 1), (1..1, 1)]), None);
        // A line in front of the first item, which is indented.
        let before = skeleton(&[part("list", 2..5, ""), part("scalar", 4..5, "x")]);
        let after =
            skeleton(&[part("list", 2..11, ""), part("scalar", 4..5, "y"), part("scalar", 10..11, "x")]);
        assert_eq!(differs(&before, &after, &[(0..0, 6)]), None);
        assert_eq!(moved(9, &[(0..0, 4), (5..7, 0)]), 11..=11);
        assert_eq!(moved(0, &[(0..0, 4)]), 0..=4);
    }
}
