//! `cargo xtask repeat N`: finds tests that pass or fail by luck, by running all of them many times, idle or while
//! other work keeps every core busy.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail, ensure};

use crate::command::{command, output, say, target, test_threads};

const TESTS: &str = "cargo test --workspace --exclude ecrpass-lab --all-targets --locked";

/// Runs the tests so many times.
///
/// # Errors
/// When any test failed in any run, with each of them named.
pub fn run(runs: u32, under_load: bool) -> Result<()> {
    ensure!(runs > 0, "no run shows nothing");
    let programs = programs()?;
    let logs = target().join("repeat");
    fs::create_dir_all(&logs)?;
    let mut red = Vec::new();
    for number in 1..=runs {
        let began = Instant::now();
        let (failed, text) = if under_load { with_load(|| once(&programs))? } else { once(&programs)? };
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

/// A program that holds tests.
struct Program {
    name: String,
    path: PathBuf,
    /// Where cargo would run it.
    directory: PathBuf,
}

/// Builds the tests.
fn programs() -> Result<Vec<Program>> {
    let messages = output(command(TESTS).args(["--quiet", "--no-run", "--message-format=json"]))?;
    let program = |message: serde_json::Value| {
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        let is_test = message.pointer("/profile/test").is_some_and(|test| test == true);
        let manifest = PathBuf::from(text(message.get("manifest_path")?)?);
        let path = PathBuf::from(text(message.get("executable")?)?);
        let name = text(message.pointer("/target/name")?)?;
        is_test.then(|| Some(Program { name, path, directory: manifest.parent()?.to_owned() }))?
    };
    let programs: Vec<Program> =
        messages.lines().filter_map(|line| program(serde_json::from_str(line).ok()?)).collect();
    ensure!(!programs.is_empty(), "cargo built no tests");
    Ok(programs)
}

/// One run: the tests that failed, and all that was printed. Most tests wait for something, so two programs more
/// than there are cores run at once.
fn once(programs: &[Program]) -> Result<(Vec<String>, String)> {
    let next = AtomicUsize::new(0);
    let worker = || -> Result<(Vec<String>, String)> {
        let (mut failed, mut printed) = (Vec::new(), String::new());
        while let Some(program) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let output = Command::new(&program.path)
                .current_dir(&program.directory)
                .env("CARGO_MANIFEST_DIR", &program.directory)
                .env("RUST_TEST_THREADS", test_threads())
                .output()
                .with_context(|| format!("cannot run {}", program.path.display()))?;
            let text = String::from_utf8_lossy(&output.stdout);
            let mut red = failures(&text);
            if !output.status.success() && red.is_empty() {
                red.push(format!("no test by name: {}", output.status));
            }
            failed.extend(red.iter().map(|test| format!("{}: {test}", program.name)));
            printed += &format!("{}:\n{text}{}", program.name, String::from_utf8_lossy(&output.stderr));
        }
        Ok((failed, printed))
    };
    let workers = thread::available_parallelism().map_or(2, usize::from) + 2;
    let results: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        running.into_iter().map(|worker| worker.join().map_err(|_| anyhow!("a worker panicked"))?).collect()
    });
    let (mut failed, mut printed) = (Vec::new(), String::new());
    for result in results {
        let (red, text) = result?;
        failed.extend(red);
        printed += &text;
    }
    Ok((failed, printed))
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

/// The tests that failed.
fn failures(text: &str) -> Vec<String> {
    let red = |line: &str| Some(line.trim().strip_prefix("test ")?.strip_suffix(" ... FAILED")?.to_owned());
    text.lines().filter_map(red).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn red_tests_are_named() {
        let text = "running 2 tests\ntest a::fine ... ok\ntest b::red ... FAILED\ntest c::skipped ... ignored\n\n\
            failures:\n    b::red\n";
        assert_eq!(failures(text), ["b::red"]);
        assert!(failures("test a ... ok\ntest result: ok. 1 passed\n").is_empty());
    }

    #[test]
    fn the_load_ends_with_the_work() {
        assert_eq!(with_load(|| 7), 7);
    }
}
