//! What may explain a log so far: of each cause a few lines, and how many there are.

use std::collections::BTreeMap;

use super::seen::Seen;
use super::tally::Tally;
use super::window::{Candidate, Wanted};

/// How many lines are kept that speak for the same cause.
const KEPT: usize = 32;

/// What may explain a log so far.
#[derive(Default)]
pub struct Candidates {
    /// A few lines of each cause.
    pub all: Vec<Candidate>,
    /// How many were kept of each.
    pub known: Kept,
    /// The lines that were looked at, by their shape.
    pub seen: Seen,
    /// How many lines there are.
    pub tally: Tally,
}

/// How many lines were kept of each cause, and the surest one's weight.
#[derive(Default)]
pub struct Kept(BTreeMap<usize, (usize, u8)>);

impl Kept {
    /// What is worth keeping of another line that speaks for a cause; it is counted then.
    pub fn wants(&mut self, entry: usize, weight: u8) -> Wanted {
        let (count, best) = self.0.entry(entry).or_default();
        if weight > *best {
            *count += 1;
            *best = weight;
            Wanted::Case
        } else if *count < KEPT {
            *count += 1;
            Wanted::Line
        } else {
            Wanted::Nothing
        }
    }
}
