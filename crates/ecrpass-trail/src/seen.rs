//! Which calls were given out already. Two trails of one account hold the same records, and both are read: maybe at the
//! same time by two threads. Memory is bounded by forgetting the oldest hours, because inputs are read in the order of time
//! as far as it is known.

use std::collections::{BTreeMap, HashSet};
use std::hash::BuildHasherDefault;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use ecrpass_core::time::EpochSeconds;

use crate::distinct::{AsIs, mark};

/// Into how many parts the marks are divided, each with a lock of its own.
const PARTS: usize = 16;

/// How many calls are remembered: some 40 MB of them.
const MOST: usize = 2 << 20;

/// The marks of an hour.
type Hour = HashSet<u64, BuildHasherDefault<AsIs>>;

/// Calls that were given out.
#[derive(Debug)]
pub struct Seen {
    parts: Vec<Mutex<Part>>,
    most: usize,
    late: AtomicU64,
}

/// A part of the marks.
#[derive(Debug, Default)]
struct Part {
    hours: BTreeMap<i64, Hour>,
    count: usize,
    /// The last hour that was forgotten.
    forgotten: Option<i64>,
}

impl Default for Seen {
    fn default() -> Self {
        Self::up_to(MOST)
    }
}

impl Seen {
    /// Remembers so many calls.
    fn up_to(most: usize) -> Self {
        let parts = std::iter::repeat_with(Mutex::default).take(PARTS).collect();
        Self { parts, most: most / PARTS, late: AtomicU64::new(0) }
    }

    /// Whether a call is new. The owner's copy of a call is another than the caller's.
    pub fn is_new(&self, id: &str, is_owners_copy: bool, time: EpochSeconds) -> bool {
        let mark = mark((id, is_owners_copy));
        // Neither the highest bits nor the lowest: a set of marks is ordered by those.
        let part = usize::try_from(mark >> 32 & 0xff).unwrap_or_default() % PARTS;
        let Some(part) = self.parts.get(part) else { return true };
        let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
        if part.count > self.most * 2 {
            // All of one hour.
            return !part.hours.values().any(|hour| hour.contains(&mark));
        }
        let hour = time.div_euclid(3600);
        if part.forgotten.is_some_and(|forgotten| hour <= forgotten) {
            self.late.fetch_add(1, Ordering::Relaxed);
        }
        let is_new = part.hours.entry(hour).or_default().insert(mark);
        part.count += usize::from(is_new);
        while part.count > self.most && part.hours.len() > 1 {
            let Some((hour, marks)) = part.hours.pop_first() else { break };
            part.count -= marks.len();
            part.forgotten = part.forgotten.max(Some(hour));
        }
        is_new
    }

    /// How many calls came after the ids of their hour had been forgotten: any of them may be counted twice.
    pub fn late(&self) -> u64 {
        self.late.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_new_once_and_its_owners_copy_is_another() {
        let seen = Seen::default();
        assert!(seen.is_new("a", false, 0));
        assert!(!seen.is_new("a", false, 0));
        assert!(seen.is_new("a", true, 0));
        assert!(seen.is_new("b", false, 0));
    }

    #[test]
    fn the_oldest_hours_are_forgotten_when_there_are_too_many() {
        let seen = Seen::up_to(PARTS * 100);
        for hour in 0..100 {
            for number in 0..100 {
                assert!(seen.is_new(&format!("{hour}-{number}"), false, hour * 3600));
            }
        }
        assert_eq!(seen.late(), 0);
        assert!(!seen.is_new("99-1", false, 99 * 3600));
        assert!(seen.is_new("0-1", false, 0));
        assert_eq!(seen.late(), 1);
        let held: usize = seen.parts.iter().map(|part| part.lock().unwrap().count).sum();
        assert!(held <= PARTS * 110, "{held}");
    }
}
