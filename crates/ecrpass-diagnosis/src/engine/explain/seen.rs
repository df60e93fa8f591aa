//! Which shapes of lines have been looked at often enough, and what came of it: in a storm of failures the same few
//! lines come again and again, and then they are only counted.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// How often lines of one shape are looked at.
const ENOUGH: u8 = 3;

/// How many shapes are remembered.
const SHAPES: usize = 32 * 1024;

/// The shapes so far.
#[derive(Default)]
pub struct Seen {
    shapes: HashMap<u64, Shape, BuildHasherDefault<AsItIs>>,
    /// The sets of causes that lines may have, each once.
    groups: Vec<Vec<usize>>,
    numbers: HashMap<Vec<usize>, u32>,
}

#[derive(Clone, Copy, Default)]
struct Shape {
    looks: u8,
    /// The number of the set of causes, plus one.
    group: u32,
}

impl Seen {
    /// Whether a line of this shape has to be looked at; it is taken as done.
    pub fn wants(&mut self, shape: u64) -> bool {
        if self.shapes.len() >= SHAPES && !self.shapes.contains_key(&shape) {
            // Those that came once are the least worth remembering.
            self.shapes.retain(|_, shape| shape.looks > 1);
            if self.shapes.len() >= SHAPES {
                return true;
            }
        }
        let known = self.shapes.entry(shape).or_default();
        known.looks = known.looks.saturating_add(1);
        known.looks <= ENOUGH
    }

    /// A line of this shape was found to have these causes; says the number of the set.
    pub fn learn(&mut self, shape: u64, entries: Vec<usize>) -> Option<usize> {
        if entries.is_empty() {
            if let Some(known) = self.shapes.get_mut(&shape) {
                known.group = 0;
            }
            return None;
        }
        let next = u32::try_from(self.groups.len()).unwrap_or(u32::MAX) + 1;
        let number = *self.numbers.entry(entries).or_insert_with_key(|entries| {
            self.groups.push(entries.clone());
            next
        });
        if let Some(known) = self.shapes.get_mut(&shape) {
            known.group = number;
        }
        usize::try_from(number).ok()?.checked_sub(1)
    }

    /// The number of the set of causes of lines of this shape.
    pub fn group(&self, shape: u64) -> Option<usize> {
        usize::try_from(self.shapes.get(&shape)?.group).ok()?.checked_sub(1)
    }

    /// The sets of causes by their numbers.
    pub fn groups(&self) -> impl Iterator<Item = &[usize]> {
        self.groups.iter().map(Vec::as_slice)
    }
}

/// For numbers that are hashes already.
#[derive(Default)]
pub struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_storm_only_the_first_lines_are_looked_at() {
        let mut seen = Seen::default();
        assert_eq!((0..10_000).filter(|_| seen.wants(7)).count(), usize::from(ENOUGH));
        // However many others come between.
        let others = (0..2 * SHAPES as u64).filter(|n| seen.wants(100 + n)).count();
        assert_eq!(others, 2 * SHAPES);
        assert!(!seen.wants(7));
    }
}
