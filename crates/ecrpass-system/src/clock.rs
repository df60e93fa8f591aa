//! This machine's clocks, in the core's unit.

use std::time::{SystemTime, UNIX_EPOCH};

use ecrpass_core::time::EpochSeconds;

/// This machine's clock.
pub fn now() -> EpochSeconds {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds),
    }
}

/// A moment by every clock this machine has. One clock alone can be set; several that agree cannot be wrong together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Which run of the machine it was; `None` where the system does not say.
    pub boot: Option<String>,
    /// Seconds since that run began, time asleep included; nobody can set this clock. `None` where there is none.
    pub since_boot: Option<i64>,
    /// The clock on the wall, which people and programs set.
    pub wall: EpochSeconds,
}

impl Moment {
    /// Now. `boot` is what [`crate::machine::boot_id`] gave: it does not change while a process runs.
    pub fn now(boot: Option<String>) -> Self {
        Self { boot, since_boot: since_boot(), wall: now() }
    }
}

/// Seconds since the machine started, time asleep included.
pub fn since_boot() -> Option<i64> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return Some(rustix::time::clock_gettime(rustix::time::ClockId::Boottime).tv_sec);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    None
}
