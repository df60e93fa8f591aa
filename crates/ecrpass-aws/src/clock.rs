//! This machine's clock, in the core's unit.

use std::time::{SystemTime, UNIX_EPOCH};

use ecrpass_core::time::EpochSeconds;

/// This machine's clock.
pub fn now() -> EpochSeconds {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds),
    }
}
