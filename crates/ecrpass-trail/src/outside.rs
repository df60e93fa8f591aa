//! Calls outside of the time that is asked for. They are in no table, but say whether something went on before that time, and
//! what there is where nothing is within it.

use ecrpass_core::time::EpochSeconds;

/// Calls over a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first.
    pub first: EpochSeconds,
    /// The last.
    pub last: EpochSeconds,
    /// How many.
    pub count: u64,
}

impl Stretch {
    /// One call.
    pub fn at(time: EpochSeconds) -> Self {
        Self { first: time, last: time, count: 1 }
    }

    /// The two together.
    pub fn and(self, other: Self) -> Self {
        Self {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
            count: self.count + other.count,
        }
    }
}

/// Adds to what there may be.
pub fn add(known: &mut Option<Stretch>, more: Option<Stretch>) {
    *known = match (*known, more) {
        (Some(known), Some(more)) => Some(known.and(more)),
        (known, more) => known.or(more),
    };
}
