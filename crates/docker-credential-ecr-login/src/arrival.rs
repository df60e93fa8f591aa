//! Who was there first: whether a process was already waiting when another one wrote down a reason.
//!
//! The start of the process counts, not the moment it looked: of sixty-four that are started at once, the last to be
//! given a processor would otherwise ask AWS again.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ecrpass_system::{bounded, machine};
use serde::{Deserialize, Serialize};

/// The unit of the kernel's process times, in nanoseconds. Source: proc(5), `starttime`; `USER_HZ` is 100.
#[cfg(any(target_os = "linux", target_os = "android"))]
const TICK: i64 = 10_000_000;

/// When something was written, and by whom: no two are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    boot: Option<String>,
    ticks: Option<i64>,
    process: u32,
    nanoseconds: u64,
}

impl Instance {
    /// Now, by this process.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            boot: machine::boot_id(),
            ticks: ticks(),
            process: std::process::id(),
            nanoseconds: u64::try_from(since.as_nanos()).unwrap_or(u64::MAX),
        }
    }
}

/// When a request for a token began, in ticks since the machine started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival(Option<i64>);

impl Arrival {
    /// With the process itself, which was started for this request.
    pub fn of_process() -> Self {
        Self(process_start().or_else(ticks))
    }

    /// Now: a longer-lived process asks.
    pub fn now() -> Self {
        Self(ticks())
    }

    /// Whether it was before that, on the same run of the machine. Within one tick nobody can tell, so it was not. Nor was
    /// it before what is still to come: that was written by another clock, in a container with a time of its own.
    pub fn is_before(self, other: &Instance) -> bool {
        let ticks = self.0.zip(other.ticks).zip(ticks());
        let before = ticks.is_some_and(|((this, other), now)| this < other && other <= now);
        before && other.boot.is_some() && other.boot == machine::boot_id()
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn ticks() -> Option<i64> {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    now.tv_sec.checked_mul(1_000_000_000)?.checked_add(now.tv_nsec).map(|ns| ns / TICK)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn ticks() -> Option<i64> {
    None
}

/// The 22nd field of `/proc/self/stat`; the second, the name, may hold spaces and brackets.
fn process_start() -> Option<i64> {
    if !cfg!(any(target_os = "linux", target_os = "android")) {
        return None;
    }
    let text = bounded::read(Path::new("/proc/self/stat"), 4096, Duration::from_millis(100)).ok()?;
    let text = String::from_utf8_lossy(&text);
    let (_, rest) = text.rsplit_once(')')?;
    rest.split_ascii_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn a_process_comes_before_what_is_written_later_and_not_before_what_was() {
        let start = process_start().unwrap();
        let now = ticks().unwrap();
        assert!(start <= now && now - start < 100 * 60 * 60, "{start} {now}");
        let before = Instance::now();
        std::thread::sleep(Duration::from_millis(25));
        let arrival = Arrival::now();
        assert!(!arrival.is_before(&before));
        std::thread::sleep(Duration::from_millis(25));
        assert!(arrival.is_before(&Instance::now()));
        assert!(Arrival::of_process().is_before(&Instance::now()));
        assert!(!arrival.is_before(&Instance { boot: Some("other".to_owned()), ..Instance::now() }));
    }

    /// Else the refusal of a container whose clock is hours ahead would be everybody's for hours.
    #[test]
    fn nobody_waits_for_what_is_still_to_come() {
        let ahead = Instance { ticks: ticks().map(|ticks| ticks + 60 * 60 * 100), ..Instance::now() };
        assert!(!Arrival::of_process().is_before(&ahead));
    }
}
