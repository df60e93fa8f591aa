//! The programs that hold the tests: built together, and run several at a time, because most tests wait for something.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, anyhow, bail, ensure};

use crate::command::{command, output, print, say, test_threads};

/// All tests but the end-to-end ones, which want a world of their own.
const TESTS: &str = "cargo test --workspace --exclude ecrpass-lab --all-targets --locked";

/// A program that holds tests.
pub struct TestProgram {
    name: String,
    path: PathBuf,
    /// Where cargo would run it.
    directory: PathBuf,
}

/// What came of one.
pub struct Ended {
    /// The tests that failed, each with the program's name.
    pub failed: Vec<String>,
    /// All that it printed, under its name.
    pub printed: String,
    /// Its name, and the runner's own last words: `test result: ok. …`.
    closing: String,
}

/// Builds them.
///
/// # Errors
/// When something does not compile.
pub fn build() -> Result<Vec<TestProgram>> {
    let messages = output(command(TESTS).args(["--quiet", "--no-run", "--message-format=json"]))?;
    let program = |message: serde_json::Value| {
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        let is_test = message.pointer("/profile/test").is_some_and(|test| test == true);
        let manifest = PathBuf::from(text(message.get("manifest_path")?)?);
        let path = PathBuf::from(text(message.get("executable")?)?);
        let name = text(message.pointer("/target/name")?)?;
        is_test.then(|| Some(TestProgram { name, path, directory: manifest.parent()?.to_owned() }))?
    };
    let programs: Vec<TestProgram> =
        messages.lines().filter_map(|line| program(serde_json::from_str(line).ok()?)).collect();
    ensure!(!programs.is_empty(), "cargo built no tests");
    Ok(programs)
}

/// Runs all of them, two more at once than there are cores; `hear` is called as each ends.
///
/// # Errors
/// When one cannot be run. That tests failed is no error.
pub fn run(programs: &[TestProgram], hear: &(dyn Fn(&Ended) + Sync)) -> Result<Vec<Ended>> {
    let next = AtomicUsize::new(0);
    let worker = || -> Result<Vec<Ended>> {
        let mut all = Vec::new();
        while let Some(program) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let ended = program.run()?;
            hear(&ended);
            all.push(ended);
        }
        Ok(all)
    };
    let workers = thread::available_parallelism().map_or(2, usize::from) + 2;
    Ok(at_once(workers, worker)?.into_iter().flatten().collect())
}

/// Does something so many times at once.
///
/// # Errors
/// The first one, once all have ended.
pub fn at_once<T: Send>(times: usize, work: impl Fn() -> Result<T> + Sync) -> Result<Vec<T>> {
    let ended: Vec<Result<T>> = thread::scope(|scope| {
        let running: Vec<_> = (0..times).map(|_| scope.spawn(&work)).collect();
        running.into_iter().map(|one| one.join().map_err(|_| anyhow!("a worker panicked"))?).collect()
    });
    ended.into_iter().collect()
}

/// Runs each once, and prints the closing lines.
///
/// # Errors
/// When a test failed, with all that its program printed.
pub fn once() -> Result<()> {
    let programs = build()?;
    let all = run(&programs, &|ended| print(&ended.closing))?;
    let red: Vec<&Ended> = all.iter().filter(|ended| !ended.failed.is_empty()).collect();
    for ended in &red {
        say(&ended.printed);
    }
    if !red.is_empty() {
        let names: Vec<&str> = red.iter().flat_map(|ended| &ended.failed).map(String::as_str).collect();
        bail!("red tests:\n  {}", names.join("\n  "));
    }
    Ok(())
}

impl TestProgram {
    fn run(&self) -> Result<Ended> {
        let output = Command::new(&self.path)
            .current_dir(&self.directory)
            .env("CARGO_MANIFEST_DIR", &self.directory)
            .env("RUST_TEST_THREADS", test_threads())
            .output()
            .with_context(|| format!("cannot run {}", self.path.display()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let mut failed = failures(&text);
        if !output.status.success() && failed.is_empty() {
            failed.push(format!("no test by name: {}", output.status));
        }
        Ok(Ended {
            failed: failed.iter().map(|test| format!("{}: {test}", self.name)).collect(),
            printed: format!("{}:\n{text}{}", self.name, String::from_utf8_lossy(&output.stderr)),
            closing: format!("{}\n{}", self.name, closing(&text)),
        })
    }
}

/// The tests that failed.
fn failures(text: &str) -> Vec<String> {
    let red = |line: &str| Some(line.trim().strip_prefix("test ")?.strip_suffix(" ... FAILED")?.to_owned());
    text.lines().filter_map(red).collect()
}

/// The runner's closing line.
fn closing(text: &str) -> &str {
    text.lines().rfind(|line| line.starts_with("test result: ")).unwrap_or("test result: none was printed")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "running 2 tests\ntest a::fine ... ok\ntest b::red ... FAILED\ntest c::skipped ... ignored\n\n\
        failures:\n    b::red\n\ntest result: FAILED. 1 passed; 1 failed; 1 ignored\n\n";

    #[test]
    fn red_tests_are_named() {
        assert_eq!(failures(OUTPUT), ["b::red"]);
        assert!(failures("test a ... ok\ntest result: ok. 1 passed\n").is_empty());
    }

    #[test]
    fn the_closing_line_is_the_runners_own() {
        assert_eq!(closing(OUTPUT), "test result: FAILED. 1 passed; 1 failed; 1 ignored");
        assert_eq!(closing("Segmentation fault\n"), "test result: none was printed");
    }
}
