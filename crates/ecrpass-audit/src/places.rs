//! Places of files that do not overlap, with what is known of each: so that one more is compared with its neighbours and
//! not with all of them.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::hit::Spot;

/// Places, each with a number.
#[derive(Debug, Default)]
pub struct Places {
    /// By the file, then by first and last byte.
    files: HashMap<String, BTreeMap<(usize, usize), usize>>,
}

impl Places {
    /// The lowest number of the places that a place overlaps, or is the same as.
    pub fn at(&self, spot: &Spot) -> Option<usize> {
        let Range { start, end } = spot.bytes;
        let places = self.files.get(&spot.path)?;
        let before_its_end = places.range(..=(end, end)).rev();
        // Those that end before it are followed by none that does not.
        let near = before_its_end.take_while(|((from, to), _)| *to > start || from == to);
        let same = |(from, to): &(usize, usize)| (*from, *to) == (start, end) || *from < end && start < *to;
        near.filter(|(place, _)| same(place)).map(|(_, number)| *number).min()
    }

    /// Adds a place, unless one is there that it overlaps.
    pub fn add(&mut self, spot: &Spot, number: usize) {
        if self.at(spot).is_none() {
            let places = self.files.entry(spot.path.clone()).or_default();
            places.insert((spot.bytes.start, spot.bytes.end), number);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spot(path: &str, bytes: Range<usize>) -> Spot {
        Spot::new(path, bytes, "")
    }

    #[test]
    fn files_are_told_apart() {
        let mut places = Places::default();
        places.add(&spot("a", 3..5), 0);
        assert_eq!((places.at(&spot("a", 4..9)), places.at(&spot("b", 4..9))), (Some(0), None));
        assert_eq!((places.at(&spot("a", 5..9)), places.at(&spot("a", 0..3))), (None, None));
    }

    proptest! {
        #[test]
        fn all_that_overlap_are_found(ranges in prop::collection::vec((0_usize..30, 0_usize..6), 1..20)) {
            let mut places = Places::default();
            let mut apart: Vec<Range<usize>> = Vec::new();
            for (start, length) in ranges {
                let new = start..start + length;
                let shares = |old: &Range<usize>| *old == new || old.start < new.end && new.start < old.end;
                prop_assert_eq!(places.at(&spot("f", new.clone())), apart.iter().position(shares));
                places.add(&spot("f", new.clone()), apart.len());
                if !apart.iter().any(shares) {
                    apart.push(new);
                }
            }
        }
    }
}
