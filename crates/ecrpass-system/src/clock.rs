//! This machine's clocks, in the core's units.

use std::time::{SystemTime, UNIX_EPOCH};

use ecrpass_core::time::{EpochSeconds, Moment};

/// This machine's clock.
pub fn now() -> EpochSeconds {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds),
    }
}

/// Now, by every clock this machine has. `boot` is what [`crate::machine::boot_id`] gave: it does not change while a process
/// runs.
pub fn moment(boot: Option<String>) -> Moment {
    Moment { boot, since_boot: since_boot(), wall: now() }
}

/// Seconds since the machine started, time asleep included.
pub fn since_boot() -> Option<i64> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return Some(rustix::time::clock_gettime(rustix::time::ClockId::Boottime).tv_sec);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    None
}
