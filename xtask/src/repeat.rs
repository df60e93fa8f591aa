//! `cargo xtask repeat N`: finds tests that pass or fail by luck, by running all of them many times, idle or while
//! other work keeps every core busy.

use std::fs;
use std::io::Read as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::command::{command, run as execute, say, target, test_threads};

const TESTS: &str = "cargo test --workspace --exclude ecrpass-lab --all-targets --locked --no-fail-fast";

/// Runs the tests so many times.
///
/// # Errors
/// When any test failed in any run, with each of them named.
pub fn run(runs: u32, under_load: bool) -> Result<()> {
    ensure!(runs > 0, "no run shows nothing");
    execute(command(TESTS).args(["--quiet", "--no-run"]))?;
    let logs = target().join("repeat");
    fs::create_dir_all(&logs)?;
    let mut red = Vec::new();
    for number in 1..=runs {
        let began = Instant::now();
        let (passed, text) = if under_load { with_load(once)? } else { once()? };
        let mut failed = failures(&text);
        if !passed && failed.is_empty() {
            failed.push("no test by name: it ended before it could say so".to_owned());
        }
        say(&format!(
            "  run {number} of {runs}: {} red, {:.0} s",
            failed.len(),
            began.elapsed().as_secs_f64()
        ));
        if !failed.is_empty() {
            let log = logs.join(format!("run-{number}.log"));
            fs::write(&log, &text)?;
            red.extend(failed.iter().map(|test| format!("run {number}: {test} ({})", log.display())));
        }
    }
    if !red.is_empty() {
        bail!("red tests in {runs} runs:\n  {}", red.join("\n  "));
    }
    say(&format!("  {runs} runs{}, no red test", if under_load { " under load" } else { "" }));
    Ok(())
}

/// One run: whether all passed, and all that was printed.
fn once() -> Result<(bool, String)> {
    let (mut reader, writer) = std::io::pipe()?;
    let mut tests = command(TESTS);
    tests.stdout(writer.try_clone()?).stderr(writer).env("RUST_TEST_THREADS", test_threads());
    let mut child = tests.spawn().context("cannot run cargo test")?;
    // The command holds the other ends of the pipe, which would never end.
    drop(tests);
    let mut text = Vec::new();
    reader.read_to_end(&mut text)?;
    Ok((child.wait()?.success(), String::from_utf8_lossy(&text).into_owned()))
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

/// The tests that failed, each with the program it is in.
fn failures(text: &str) -> Vec<String> {
    let mut program = "";
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if let Some(running) = line.strip_prefix("Running ") {
            program = running.split_once(" (").map_or(running, |(_, path)| path.trim_end_matches(')'));
            program = program.rsplit('/').next().unwrap_or(program);
            program = program.rsplit_once('-').map_or(program, |(name, _)| name);
        } else if let Some(test) =
            line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED"))
        {
            found.push(format!("{program}: {test}"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn red_tests_are_named_with_their_program() {
        let text = "     Running unittests src/lib.rs (target/debug/deps/ecrpass_core-0a1b2c)\n\nrunning 2 tests\n\
            test a::fine ... ok\ntest b::red ... FAILED\n\n     Running tests/helper/main.rs (target/debug/deps/helper-99)\n\
            test cache::slow ... FAILED\ntest cache::skipped ... ignored\nerror: 2 targets failed:\n";
        assert_eq!(failures(text), ["ecrpass_core: b::red", "helper: cache::slow"]);
        assert!(failures("test a ... ok\ntest result: ok. 1 passed\n").is_empty());
    }

    #[test]
    fn the_load_ends_with_the_work() {
        assert_eq!(with_load(|| 7), 7);
    }
}
