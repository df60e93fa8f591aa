//! `cargo xtask repeat N`: finds tests that pass or fail by luck, by running all of them many times, idle or while
//! other work keeps every core busy.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Result, bail, ensure};

use crate::command::{say, target};
use crate::test_programs;

/// Runs the tests so many times.
///
/// # Errors
/// When any test failed in any run, with each of them named.
pub fn run(runs: u32, under_load: bool) -> Result<()> {
    ensure!(runs > 0, "no run shows nothing");
    let programs = test_programs::build()?;
    let logs = target().join("repeat");
    fs::create_dir_all(&logs)?;
    let mut red = Vec::new();
    for number in 1..=runs {
        let began = Instant::now();
        let once = || test_programs::run(&programs, &|_| {});
        let all = if under_load { with_load(once)? } else { once()? };
        let failed: Vec<&String> = all.iter().flat_map(|ended| &ended.failed).collect();
        say(&format!(
            "  run {number} of {runs}: {} red, {:.0} s",
            failed.len(),
            began.elapsed().as_secs_f64()
        ));
        if !failed.is_empty() {
            let log = logs.join(format!("run-{number}.log"));
            fs::write(&log, all.iter().map(|ended| ended.printed.as_str()).collect::<String>())?;
            red.extend(failed.iter().map(|test| format!("run {number}: {test} ({})", log.display())));
        }
    }
    if !red.is_empty() {
        bail!("red tests in {runs} runs:\n  {}", red.join("\n  "));
    }
    say(&format!("  {runs} runs{}, no red test", if under_load { " under load" } else { "" }));
    Ok(())
}

/// Does something while two threads per core compute.
fn with_load<T>(work: impl FnOnce() -> T) -> T {
    let is_over = AtomicBool::new(false);
    let cores = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores * 2 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let result = work();
        is_over.store(true, Ordering::Relaxed);
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_load_ends_with_the_work() {
        assert_eq!(with_load(|| 7), 7);
    }
}
