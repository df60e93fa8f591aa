//! `cargo xtask attack`: the hostile tests at the size that takes minutes, and nothing else; what they counted stands
//! together at the end.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::command::{root, say};

/// What the tests write before a count.
const COUNT: &str = "attacked: ";

/// How hard.
pub struct Force {
    /// How many processes ask at once.
    pub storm: u32,
    /// How long processes are stopped and killed at random, in seconds.
    pub chaos: u32,
    /// How many histories the cache's model goes through.
    pub histories: u32,
}

impl Default for Force {
    fn default() -> Self {
        Self { storm: 1000, chaos: 600, histories: 300_000 }
    }
}

/// A name, what cargo tests, and which of its tests.
type Wave = (&'static str, &'static str, &'static str);

const HELPER: &str = "-p docker-credential-ecr-login";

const WAVES: [Wave; 4] = [
    ("storms", "--test helper", "storms:: flight:: stopped:: erased:: --test-threads=1"),
    ("values, files and clocks", "--test helper", "hostile:: bounds:: clocks:: principals:: contract::"),
    ("histories of the cache", "--lib", "freshness::"),
    // Of every crate: a test that takes minutes is ignored otherwise.
    ("long tests", "", "--ignored --test-threads=2"),
];

/// Runs all of it.
///
/// # Errors
/// When any test failed, once all have run.
pub fn run(force: &Force) -> Result<()> {
    let started = Instant::now();
    let mut counts = Vec::new();
    let mut red = Vec::new();
    for (name, target, tests) in WAVES {
        say(&format!("── {name}"));
        let packages =
            if target.is_empty() { "--workspace --exclude ecrpass-lab --lib --bins --tests" } else { HELPER };
        let line = format!("cargo test --locked --no-fail-fast {packages} {target} -- --nocapture {tests}");
        if !wave(&line, force, &mut counts)? {
            red.push(name);
        }
    }
    say(&format!("\n  {} counts in {:.0} s:", counts.len(), started.elapsed().as_secs_f64()));
    for count in &counts {
        say(&format!("  {count}"));
    }
    if !red.is_empty() {
        bail!("not everything held: {}", red.join(", "));
    }
    if counts.is_empty() {
        bail!("nothing was attacked");
    }
    Ok(())
}

/// Runs tests and passes on what they print; whether all passed.
fn wave(line: &str, force: &Force, counts: &mut Vec<String>) -> Result<bool> {
    let mut tests = Command::new("sh");
    // Each process of a storm costs three descriptors; the usual limit is for less.
    tests.args(["-c", &format!("ulimit -n \"$(ulimit -H -n)\"; exec {line} 2>&1")]);
    tests.current_dir(root()).stdin(Stdio::null()).stdout(Stdio::piped());
    tests.env("STORM", force.storm.to_string());
    tests.env("CHAOS_SECONDS", force.chaos.to_string());
    tests.env("HISTORIES", force.histories.to_string());
    tests.env("ALL_HOSTILE_VALUES", "1");
    let mut child = tests.spawn().with_context(|| format!("cannot run `{line}`"))?;
    let output = child.stdout.take().context("the tests have no output")?;
    for text in BufReader::new(output).split(b'\n') {
        let text = text?;
        let text = String::from_utf8_lossy(&text);
        say(&text);
        counts.extend(count(&text));
    }
    Ok(child.wait()?.success())
}

/// The count in a line, if there is one: the name of the test may stand before it.
fn count(line: &str) -> Option<String> {
    line.split_once(COUNT).map(|(_, count)| count.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_found_behind_the_names_of_tests() {
        assert_eq!(count("test storms::x ... attacked: 3 processes\r").as_deref(), Some("3 processes"));
        assert_eq!(count("attacked: 5").as_deref(), Some("5"));
        assert_eq!(count("test storms::x ... ok"), None);
    }
}
