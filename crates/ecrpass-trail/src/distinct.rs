//! How many different ids there are: exact up to a bound, because memory has to stay flat.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

/// Up to how many different ids they are told apart: some 300 MB of records.
const MOST: usize = 1 << 18;

/// Ids that were seen, as far as they can be told apart.
#[derive(Clone, Debug, Default)]
pub struct Distinct {
    marks: HashSet<u64, BuildHasherDefault<AsIs>>,
    is_full: bool,
}

impl Distinct {
    /// Notes one, by its [`mark`].
    pub fn add(&mut self, mark: u64) {
        if !self.is_full {
            self.marks.insert(mark);
            self.bound();
        }
    }

    /// Whether it makes sense to go on.
    pub fn is_counting(&self) -> bool {
        !self.is_full
    }

    /// How many there are; `None` when there are too many to say.
    pub fn count(&self) -> Option<u64> {
        (!self.is_full).then_some(self.marks.len() as u64)
    }

    /// Adds another's.
    pub fn merge(&mut self, other: Self) {
        self.is_full |= other.is_full;
        if !self.is_full {
            self.marks.extend(other.marks);
        }
        self.bound();
    }

    fn bound(&mut self) {
        if self.is_full || self.marks.len() > MOST {
            self.is_full = true;
            self.marks = HashSet::default();
        }
    }
}

/// Sixty-four bits that stand for an id: two of some millions are taken for one once in some million runs.
pub fn mark(id: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// A hasher for what is a hash already.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = mark(bytes);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_apart_across_threads_until_there_are_too_many() {
        let (mut one, mut two) = (Distinct::default(), Distinct::default());
        for number in 0..1000_u32 {
            one.add(mark(number));
            two.add(mark(number + 500));
        }
        one.merge(two);
        assert_eq!(one.count(), Some(1500));
        for number in 0..=u32::try_from(MOST).unwrap() {
            one.add(mark(number));
        }
        assert_eq!(one.count(), None);
        assert!(one.marks.capacity() == 0);
    }
}
