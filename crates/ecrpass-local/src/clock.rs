//! The server's idea of now, which can be set wrong on purpose.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use ecrpass_core::time::EpochSeconds;

/// A clock that follows the machine's, or stands still; and what it was moved and set wrong by.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// Where it stands still; `None` to follow the machine's.
    stopped_at: Option<EpochSeconds>,
    /// The seconds that were let pass on request.
    advanced: AtomicI64,
    /// The seconds it is wrong by, from the fault `clock-skew`.
    skew: AtomicI64,
}

impl Clock {
    pub(crate) fn new(stopped_at: Option<EpochSeconds>) -> Self {
        Self { stopped_at, ..Self::default() }
    }

    pub(crate) fn now(&self) -> EpochSeconds {
        let base = self.stopped_at.unwrap_or_else(machine_now);
        base.saturating_add(self.advanced.load(Ordering::Relaxed))
            .saturating_add(self.skew.load(Ordering::Relaxed))
    }

    /// Lets time pass at once.
    pub(crate) fn advance(&self, seconds: i64) {
        self.advanced.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn set_skew(&self, seconds: i64) {
        self.skew.store(seconds, Ordering::Relaxed);
    }
}

/// The machine's own clock.
pub(crate) fn machine_now() -> EpochSeconds {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_clock_moves_on_request_only() {
        let clock = Clock::new(Some(1_757_147_299));
        assert_eq!(clock.now(), 1_757_147_299);
        clock.advance(60);
        clock.advance(1);
        clock.set_skew(-3_600);
        assert_eq!(clock.now(), 1_757_147_299 + 61 - 3_600);
        clock.set_skew(0);
        assert_eq!(clock.now(), 1_757_147_299 + 61);
    }

    #[test]
    fn a_running_clock_is_the_machines() {
        let (before, now, after) = (machine_now(), Clock::default().now(), machine_now());
        // The machine's clock may be set back meanwhile.
        if before <= after {
            assert!((before..=after).contains(&now), "{now}");
        }
    }
}
