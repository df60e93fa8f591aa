//! `cargo xtask attack`: the hostile tests at the size that takes minutes, and nothing else, against the static program
//! that ships; what they counted stands in a table at the end.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::command::{root, say};
use crate::static_program;

/// What the tests write before a line for the reader.
const LINE: &str = "attacked: ";

/// What they write before numbers to add up, `kills=3 tokens=7`.
const NUMBERS: &str = "counted: ";

/// How hard.
pub struct Force {
    /// How many processes ask at once.
    pub storm: u32,
    /// How long processes are stopped and killed at random, in minutes.
    pub minutes: u32,
    /// How many histories the cache's model goes through.
    pub histories: u32,
}

/// Under a quarter of an hour in all.
pub const SHORT: Force = Force { storm: 1000, minutes: 2, histories: 100_000 };

/// With `ci --full`. An hour of chaos is `cargo xtask chaos --minutes 60`.
pub const LONG: Force = Force { storm: 1000, minutes: 10, histories: 1_000_000 };

/// A name, what cargo tests, and which of its tests.
type Wave = (&'static str, &'static str, &'static str);

/// Of the whole workspace, so that its crates have the features they were built with for the other tests.
const TESTS: &str = "cargo test --workspace --exclude ecrpass-lab --locked --no-fail-fast";

const HELPER: &str = "--test helper";

/// What `cargo xtask chaos` is.
const CHAOS: Wave = ("chaos", HELPER, "chaos:: --include-ignored --test-threads=1");

const WAVES: [Wave; 8] = [
    ("crowds", HELPER, "storms:: flight:: stopped:: erased:: --test-threads=1"),
    (
        "values, files, clocks and limits",
        HELPER,
        "hostile:: bounds:: clocks:: principals:: meanwhile:: contract:: limits::",
    ),
    ("histories of the cache", "--lib", "freshness::"),
    ("system calls", HELPER, "syscalls:: --include-ignored --test-threads=1"),
    CHAOS,
    ("commands", "--test bounds --test explain_hostile --test fix_hostile --test outside_text", ""),
    ("crashes of fix", "--test fix_crashes", "--include-ignored --test-threads=1"),
    ("policies", "--test fuzz", "--include-ignored"),
];

/// The table at the end: what a number is called by the tests and here, and whether it has to be 0.
const TABLE: [(&str, &str, bool); 14] = [
    ("runs", "runs of the helper and of the commands", false),
    ("faults", "system calls that failed or were slow", false),
    ("kills", "kills", false),
    ("stops", "stopped for a while", false),
    ("jumps", "clocks that jumped", false),
    ("full", "crowds on a full disk", false),
    ("histories", "histories of clocks, boots, erases and answers", false),
    ("modelled", "tokens served in those", false),
    ("tokens", "tokens handed out by the program, and looked at", false),
    ("wrong", "of these: another's, unknown, or over", true),
    ("timed", "runs held to a deadline", false),
    ("late", "of these: late", true),
    ("heavy", "runs over 64 MB", true),
    ("inputs", "policies and texts that were read, decided and explained", false),
];

/// What of it chaos alone counts.
const OF_CHAOS: [&str; 9] = ["runs", "kills", "stops", "jumps", "full", "tokens", "wrong", "timed", "late"];

/// What the tests said of themselves.
#[derive(Default)]
struct Counts {
    lines: Vec<String>,
    sums: BTreeMap<String, u64>,
}

/// Runs all of it.
///
/// # Errors
/// When any test failed, once all have run.
pub fn run(force: &Force) -> Result<()> {
    let started = Instant::now();
    say("── static-helper");
    static_program::build()?;
    let mut counts = Counts::default();
    let (mut red, mut times) = (Vec::new(), Vec::new());
    for (name, target, tests) in WAVES {
        say(&format!("── {name}"));
        let began = Instant::now();
        let line = format!("{TESTS} {target} -- --nocapture {tests}");
        if !wave(&line, force, &mut counts)? {
            red.push(name);
        }
        times.push((name, began.elapsed()));
    }
    say("");
    for (name, time) in times {
        let result = if red.contains(&name) { "  FAILED" } else { "" };
        say(&format!("  {:>6.1} s  {name}{result}", time.as_secs_f64()));
    }
    say(&format!("  {:>6.1} s  in all\n", started.elapsed().as_secs_f64()));
    for line in &counts.lines {
        say(&format!("  {line}"));
    }
    say(&format!("\n{}", counts.table(&everything)));
    if !red.is_empty() {
        bail!("not everything held: {}", red.join(", "));
    }
    counts.judge(&everything)
}

/// `cargo xtask chaos`: crowds of the static helper against the local ECR, some killed, some stopped, while AWS fails, clocks
/// jump, the disk fills and a thousand ask at once.
///
/// # Errors
/// When a token was wrong or over, somebody was late, or something was never tried.
pub fn chaos(minutes: u32, storm: u32) -> Result<()> {
    static_program::build()?;
    let (name, target, tests) = CHAOS;
    say(&format!("── {name}, {minutes} minutes"));
    let mut counts = Counts::default();
    let force = Force { storm, minutes, histories: SHORT.histories };
    let is_well = wave(&format!("{TESTS} {target} -- --nocapture {tests}"), &force, &mut counts)?;
    let is_counted = |name: &str| OF_CHAOS.contains(&name);
    say("");
    counts.lines.iter().for_each(|line| say(&format!("  {line}")));
    say(&format!("\n{}", counts.table(&is_counted)));
    if !is_well {
        bail!("not everything held");
    }
    counts.judge(&is_counted)
}

/// All of the table.
fn everything(_: &str) -> bool {
    true
}

/// Runs tests and passes on what they print; whether all passed.
fn wave(line: &str, force: &Force, counts: &mut Counts) -> Result<bool> {
    let mut tests = Command::new("sh");
    // Each process of a storm costs three descriptors; the usual limit is for less.
    tests.args(["-c", &format!("ulimit -n \"$(ulimit -H -n)\"; exec {line} 2>&1")]);
    tests.current_dir(root()).stdin(Stdio::null()).stdout(Stdio::piped());
    tests.env("HELPER_UNDER_TEST", static_program::path());
    tests.env("STORM", force.storm.to_string());
    tests.env("CHAOS_SECONDS", (force.minutes * 60).to_string());
    tests.env("HISTORIES", force.histories.to_string());
    tests.env("ALL_HOSTILE_VALUES", "1");
    let mut child = tests.spawn().with_context(|| format!("cannot run `{line}`"))?;
    let output = child.stdout.take().context("the tests have no output")?;
    for text in BufReader::new(output).split(b'\n') {
        let text = text?;
        let text = String::from_utf8_lossy(&text);
        if !counts.take(&text) {
            say(&text);
        }
    }
    Ok(child.wait()?.success())
}

impl Counts {
    /// Takes what is for us in a line; whether there is nothing else in it. The name of a test may stand before it.
    fn take(&mut self, line: &str) -> bool {
        if let Some((_, numbers)) = line.split_once(NUMBERS) {
            for (name, number) in numbers.split_whitespace().filter_map(|pair| pair.split_once('=')) {
                let sum = self.sums.entry(name.to_owned()).or_default();
                *sum += number.parse::<u64>().unwrap_or(0);
            }
            return true;
        }
        if let Some((_, said)) = line.split_once(LINE) {
            self.lines.push(said.trim_end().to_owned());
        }
        false
    }

    fn of(&self, name: &str) -> u64 {
        self.sums.get(name).copied().unwrap_or(0)
    }

    fn table(&self, is_counted: &dyn Fn(&str) -> bool) -> String {
        let rows = TABLE.into_iter().filter(|(name, _, _)| is_counted(name));
        rows.map(|(name, words, _)| format!("  {:>9}  {words}\n", self.of(name))).collect()
    }

    /// Nothing that must not be, and something of everything else: a test that was renamed is not missed otherwise.
    fn judge(&self, is_counted: &dyn Fn(&str) -> bool) -> Result<()> {
        for (name, words, none) in TABLE.into_iter().filter(|(name, _, _)| is_counted(name)) {
            if none && self.of(name) > 0 {
                bail!("{}: {words}", self.of(name));
            }
            if !none && self.of(name) == 0 {
                bail!("nothing was counted as {words}");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    #[test]
    fn what_is_counted_is_found_behind_the_names_of_tests() {
        let mut counts = Counts::default();
        assert!(!counts.take("test storms::x ... attacked: 3 processes\r"));
        assert!(counts.take("counted: kills=3 tokens=7"));
        assert!(counts.take("test storms::y ... counted: kills=2"));
        assert!(!counts.take("test storms::x ... ok"));
        assert_eq!(counts.lines, ["3 processes"]);
        assert_eq!((counts.of("kills"), counts.of("tokens"), counts.of("late")), (5, 7, 0));
    }

    /// The sources that have a test that is ignored because it takes minutes; a measurement is no attack, and what wants a
    /// cluster is a step of its own.
    fn with_long_tests(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                with_long_tests(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && std::fs::read_to_string(&path).unwrap().split("#[ignore").skip(1).any(|reason| {
                    !reason.starts_with(" = \"a measurement\"]")
                        && !reason.contains("cargo xtask ci --only operator-cluster")
                })
            {
                found.push(path);
            }
        }
    }

    #[test]
    fn every_long_test_is_part_of_it() {
        let mut found = Vec::new();
        with_long_tests(&root().join("crates"), &mut found);
        assert!(found.len() >= 3, "{found:?}");
        for path in found {
            let name = path.file_stem().unwrap().to_str().unwrap();
            let is_in = |(_, target, tests): &Wave| {
                tests.contains("--include-ignored")
                    && (tests.contains(&format!("{name}::")) || target.ends_with(&format!("--test {name}")))
            };
            assert!(WAVES.iter().any(is_in), "no wave runs the ignored tests of {}", path.display());
        }
    }

    #[test]
    fn what_must_not_be_and_what_is_missing_are_told() {
        let all = |except: &str, late: u64| {
            let mut counts = Counts::default();
            for (name, _, none) in TABLE.into_iter().filter(|(name, _, _)| *name != except) {
                counts.sums.insert(name.to_owned(), if none { 0 } else { 5 });
            }
            counts.sums.insert("late".to_owned(), late);
            counts.judge(&everything)
        };
        assert!(all("", 0).is_ok());
        assert!(all("kills", 0).is_err());
        assert!(all("", 1).is_err());
        assert!(OF_CHAOS.iter().all(|name| TABLE.iter().any(|(known, _, _)| known == name)));
    }
}
