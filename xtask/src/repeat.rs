//! `cargo xtask repeat N`: finds tests that pass or fail by luck, by running all of them many times: idle, or two runs at
//! once, each of which keeps every core, the disk and the process table busy for the other.

use std::fs;
use std::time::Instant;

use anyhow::{Result, bail, ensure};

use crate::command::{say, target};
use crate::test_programs::{self, at_once};

/// Runs the tests so many times; under load, two by two.
///
/// # Errors
/// When any test failed in any run, with each of them named.
pub fn run(runs: u32, under_load: bool) -> Result<()> {
    ensure!(runs > 0, "no run shows nothing");
    let programs = test_programs::build()?;
    let logs = target().join("repeat");
    fs::create_dir_all(&logs)?;
    let runs_at_once = if under_load { 2 } else { 1 };
    let mut red = Vec::new();
    let mut number = 0;
    while number < runs {
        let began = Instant::now();
        let once = || test_programs::run(&programs, &|_| {});
        for all in at_once(runs_at_once, once)? {
            number += 1;
            let failed: Vec<&String> = all.iter().flat_map(|ended| &ended.failed).collect();
            let took = began.elapsed().as_secs_f64();
            say(&format!("  run {number} of {runs}: {} red, {took:.0} s", failed.len()));
            if !failed.is_empty() {
                let log = logs.join(format!("run-{number}.log"));
                fs::write(&log, all.iter().map(|ended| ended.printed.as_str()).collect::<String>())?;
                red.extend(failed.iter().map(|test| format!("run {number}: {test} ({})", log.display())));
            }
        }
    }
    if !red.is_empty() {
        bail!("red tests in {number} runs:\n  {}", red.join("\n  "));
    }
    say(&format!("  {number} runs{}, no red test", if under_load { ", two at a time" } else { "" }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn runs_under_load_are_at_the_same_time() {
        let both = Barrier::new(2);
        let work = || {
            // Alone it would wait for ever.
            both.wait();
            Ok(())
        };
        assert_eq!(at_once(2, work).unwrap().len(), 2);
    }
}
