//! What a fix changes in a configuration, for people's eyes: its secrets are hidden.

use ecrpass_json::mask;
use serde::Serialize;

/// Lines that change, and those around them.
#[derive(Serialize)]
pub struct Hunk {
    lines: Vec<Line>,
}

/// A line of a diff.
#[derive(Clone, Serialize)]
struct Line {
    /// `-`, `+` or a blank.
    sign: char,
    /// Its number in the old text, or in the new one where it is new.
    number: usize,
    text: String,
}

/// How many unchanged lines are shown around a change.
const AROUND: usize = 3;

/// Up to this many pairs of lines are compared, once the ends that are alike are left out.
const PAIRS: usize = 4_000_000;

/// The changes from one text to the other.
pub fn hunks(old: &str, new: &str) -> Vec<Hunk> {
    let (old, new) = (mask(old), mask(new));
    let lines = compare(&old.lines().collect::<Vec<_>>(), &new.lines().collect::<Vec<_>>());
    let changed = |line: &&Line| line.sign != ' ';
    // A line is shown when one near it changes.
    let near = |at: usize| {
        let from = at.saturating_sub(AROUND);
        lines
            .get(from..lines.len().min(at + AROUND + 1))
            .unwrap_or_default()
            .iter()
            .any(|line| changed(&line))
    };
    let mut hunks: Vec<Hunk> = Vec::new();
    let mut last = None;
    for (at, line) in lines.iter().enumerate().filter(|(at, _)| near(*at)) {
        match hunks.last_mut() {
            Some(hunk) if last == at.checked_sub(1) => hunk.lines.push(line.clone()),
            _ => hunks.push(Hunk { lines: vec![line.clone()] }),
        }
        last = Some(at);
    }
    hunks
}

/// All lines of both texts, by the longest sequence they have in common. A crate for this would make the page a third
/// larger.
fn compare(old: &[&str], new: &[&str]) -> Vec<Line> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let middle_old = old.get(head..old.len() - tail).unwrap_or_default();
    let middle_new = new.get(head..new.len() - tail).unwrap_or_default();
    let common = common(middle_old, middle_new);
    let mut lines = Vec::with_capacity(old.len() + new.len());
    let (mut at_old, mut at_new) = (0, 0);
    let ends = [(old.len(), new.len())];
    let same = (0..head)
        .map(|at| (at, at))
        .chain(common.into_iter().map(|(a, b)| (head + a, head + b)))
        .chain((0..tail).map(|at| (old.len() - tail + at, new.len() - tail + at)))
        .chain(ends);
    for (next_old, next_new) in same {
        let mut push = |sign, texts: &[&str], range: std::ops::Range<usize>| {
            for at in range {
                let text = texts.get(at).copied().unwrap_or_default().to_owned();
                lines.push(Line { sign, number: at + 1, text });
            }
        };
        push('-', old, at_old..next_old);
        push('+', new, at_new..next_new);
        if next_new < new.len() {
            push(' ', new, next_new..next_new + 1);
        }
        (at_old, at_new) = (next_old + 1, next_new + 1);
    }
    lines
}

/// The longest common sequence, as pairs of indices.
fn common(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    if old.len().saturating_mul(new.len()) > PAIRS {
        return Vec::new();
    }
    let width = new.len() + 1;
    // The length of the longest one of what is left of both.
    let mut lengths = vec![0_u32; (old.len() + 1) * width];
    let length = |lengths: &[u32], a: usize, b: usize| lengths.get(a * width + b).copied().unwrap_or(0);
    for (a, one) in old.iter().enumerate().rev() {
        for (b, other) in new.iter().enumerate().rev() {
            let best = if one == other {
                length(&lengths, a + 1, b + 1) + 1
            } else {
                length(&lengths, a + 1, b).max(length(&lengths, a, b + 1))
            };
            if let Some(cell) = lengths.get_mut(a * width + b) {
                *cell = best;
            }
        }
    }
    let mut pairs = Vec::new();
    let (mut a, mut b) = (0, 0);
    while let (Some(one), Some(other)) = (old.get(a), new.get(b)) {
        if one == other {
            pairs.push((a, b));
            (a, b) = (a + 1, b + 1);
        } else if length(&lengths, a + 1, b) >= length(&lengths, a, b + 1) {
            a += 1;
        } else {
            b += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(old: &str, new: &str) -> String {
        let lines = hunks(old, new).into_iter().map(|hunk| {
            let lines = hunk.lines.iter().map(|line| format!("{}{}{}", line.sign, line.number, line.text));
            lines.collect::<Vec<_>>().join(",")
        });
        lines.collect::<Vec<_>>().join(";")
    }

    #[test]
    fn changes_are_shown_with_what_is_around_them() {
        assert_eq!(told("a\nb\nc\n", "a\nx\nc\n"), " 1a,-2b,+2x, 3c");
        assert_eq!(told("a\n", "a\n"), "");
        assert_eq!(told("", "a"), "+1a");
        let long: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        let changed = long.join("\n").replacen("0\n", "", 1).replace("19", "x");
        assert_eq!(told(&long.join("\n"), &changed), "-10, 11, 22, 33; 1616, 1717, 1818,-2019,+19x");
    }

    proptest! {
        #[test]
        fn both_texts_are_in_the_lines(old in "([ab]\n){0,8}", new in "([abc]\n){0,8}") {
            let lines = compare(&old.lines().collect::<Vec<_>>(), &new.lines().collect::<Vec<_>>());
            let of = |without: char| {
                let lines = lines.iter().filter(|line| line.sign != without);
                lines.map(|line| format!("{}\n", line.text)).collect::<String>()
            };
            prop_assert_eq!(of('+'), old);
            prop_assert_eq!(of('-'), new);
        }
    }
}
