//! What `cargo xtask attack` adds up over all tests. Whatever is counted is said when the world it was counted in ends.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A run of the helper under attack.
pub const RUNS: &str = "runs";
/// A system call that failed or was slow because a test wanted it.
pub const FAULTS: &str = "faults";
/// A helper that a test killed.
pub const KILLS: &str = "kills";
/// A helper that a test stopped for a while.
pub const STOPS: &str = "stops";
/// A clock that jumped.
pub const JUMPS: &str = "jumps";
/// A crowd that met a full disk.
pub const FULL: &str = "full";
/// A token that was handed out, and looked at.
pub const TOKENS: &str = "tokens";
/// One of them that was not from here, of somebody else, or over.
pub const WRONG: &str = "wrong";
/// A run that was held to its deadline.
pub const TIMED: &str = "timed";
/// One of them that was late.
pub const LATE: &str = "late";

static COUNTS: Mutex<BTreeMap<&str, u64>> = Mutex::new(BTreeMap::new());

pub fn count(what: &'static str, number: u64) {
    *COUNTS.lock().unwrap_or_else(PoisonError::into_inner).entry(what).or_default() += number;
}

/// Says what was counted since the last time.
#[expect(clippy::print_stdout, reason = "the harness shows it where it was asked to")]
pub fn say() {
    let counts = std::mem::take(&mut *COUNTS.lock().unwrap_or_else(PoisonError::into_inner));
    let counts: Vec<String> = counts.iter().map(|(what, number)| format!("{what}={number}")).collect();
    if !counts.is_empty() {
        println!("counted: {}", counts.join(" "));
    }
}
