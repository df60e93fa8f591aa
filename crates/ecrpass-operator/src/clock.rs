//! The time by AWS's clock, once AWS has said it: a clock that was set wrong here shortens no token's life, and renews none
//! in a loop.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use ecrpass_aws::clock::{now, since_boot};
use ecrpass_core::time::EpochSeconds;

/// The clock.
#[derive(Debug, Default)]
pub struct Clock(Mutex<Option<Anchor>>);

/// What AWS said, and when by clocks that nobody can set.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    aws: i64,
    instant: Instant,
    since_boot: Option<i64>,
}

impl Clock {
    /// AWS has said what time it is.
    pub fn set(&self, aws: EpochSeconds) {
        let anchor =
            Anchor { aws: aws.saturating_mul(1000), instant: Instant::now(), since_boot: since_boot() };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(anchor);
    }

    /// The time in milliseconds.
    pub fn now(&self) -> i64 {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(anchor) => anchor.aws.saturating_add(anchor.elapsed()),
            None => wall(),
        }
    }
}

impl Anchor {
    /// Milliseconds since then. The first clock is exact, the second goes on while the machine sleeps.
    fn elapsed(&self) -> i64 {
        let exact = i64::try_from(self.instant.elapsed().as_millis()).unwrap_or(i64::MAX);
        let asleep = match (self.since_boot, since_boot()) {
            (Some(then), Some(now)) => (now - then - 2).saturating_mul(1000),
            _ => 0,
        };
        exact.max(asleep)
    }
}

/// This machine's clock, in milliseconds.
fn wall() -> i64 {
    now().saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_s_time_wins() {
        let clock = Clock::default();
        assert!((clock.now() - wall()).abs() < 60_000);
        clock.set(1_000_000);
        let first = clock.now();
        assert!((1_000_000_000..1_000_060_000).contains(&first));
        assert!(clock.now() >= first);
    }
}
