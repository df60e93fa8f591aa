//! `cargo xtask fuzz`: libFuzzer on every parser, for as long as is wanted, with what it found and how far it got.
//!
//! No nightly compiler is needed: coverage is a pass of LLVM that the pinned one has too. What a nightly would add is the
//! address sanitizer, and there is no unsafe code of ours for it to look at.

mod candidates;
mod outcome;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use ecrpass_fuzz::TARGETS;

use crate::command::{command, root, run as execute, say, target};
use crate::tools;
use outcome::Outcome;

/// What it is compiled for. Named, so that build scripts and macros are not instrumented.
const HOST: &str = "x86_64-unknown-linux-gnu";

/// What has LLVM count edges and show comparisons to libFuzzer.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// The longest input, in bytes: what is slow or wrong with long ones, other tests find.
const LONGEST: usize = 8192;

/// What one input may take, in seconds and megabytes.
const LIMITS: [&str; 2] = ["-timeout=20", "-rss_limit_mb=1024"];

/// What to do.
pub struct Wanted {
    /// These targets; all where there are none.
    pub targets: Vec<String>,
    /// How long each is fed, in seconds.
    pub seconds: u64,
    /// Make the seeds anew from the crates' fixtures and what was found on the way, as few as reach the same code.
    pub seeds: bool,
}

/// In CI.
pub const SHORT: u64 = 5;

/// With `ci --full`: an hour in all, on two cores.
pub const LONG: u64 = 420;

/// Feeds all targets, each so long.
///
/// # Errors
/// As [`run`].
pub fn all(seconds: u64) -> Result<()> {
    run(&Wanted { targets: Vec::new(), seconds, seeds: false })
}

/// Builds the targets, and feeds them.
///
/// # Errors
/// When a property did not hold for some input; where that is.
pub fn run(wanted: &Wanted) -> Result<()> {
    for name in &wanted.targets {
        if TARGETS.iter().all(|(known, _)| known != name) {
            let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            bail!("there is no target `{name}`; there are: {}", names.join(", "));
        }
    }
    let is_wanted = |name: &str| wanted.targets.is_empty() || wanted.targets.iter().any(|one| one == name);
    let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).filter(|name| is_wanted(name)).collect();
    tools::cpp()?;
    build(&names)?;
    if wanted.seeds {
        return names.iter().try_for_each(|name| merge(name));
    }
    let outcomes = several_at_a_time(&names, |name| feed(name, wanted.seconds))?;
    say("");
    outcomes.iter().for_each(|outcome| say(&format!("  {}", outcome.line())));
    let seconds: f64 = outcomes.iter().map(|outcome| outcome.seconds).sum();
    let found: Vec<&Outcome> = outcomes.iter().filter(|outcome| !outcome.findings.is_empty()).collect();
    say(&format!(
        "  {:.2} hours of processor in all, {} targets with findings",
        seconds / 3600.0,
        found.len()
    ));
    if found.is_empty() {
        return Ok(());
    }
    let findings = found.iter().flat_map(|outcome| {
        outcome.findings.iter().map(|path| format!("{}: {}", outcome.target, path.display()))
    });
    let findings: Vec<String> = findings.collect();
    bail!(
        "what has to hold did not, for these inputs:\n  {}\nto run one again: {} FILE; once it is fixed, put the input to fuzz/seeds/TARGET",
        findings.join("\n  "),
        programs().join("TARGET").display()
    )
}

/// Where what belongs to fuzzing is built and kept.
fn directory() -> PathBuf {
    target().join("fuzz")
}

fn programs() -> PathBuf {
    directory().join(HOST).join("release")
}

fn seeds(name: &str) -> PathBuf {
    root().join("fuzz/seeds").join(name)
}

/// Builds the programs. In CI the seeds were replayed before; here they are where it begins.
fn build(names: &[&str]) -> Result<()> {
    let began = Instant::now();
    let mut build =
        command("cargo build --quiet --release --locked --manifest-path fuzz/Cargo.toml --target");
    build.arg(HOST).env("CARGO_TARGET_DIR", directory()).env("RUSTFLAGS", FLAGS);
    build.args(names.iter().flat_map(|name| ["--bin", name]));
    execute(&mut build).context(
        "where Cargo.lock changed: cp Cargo.lock fuzz/Cargo.lock && cargo metadata --offline --manifest-path fuzz/Cargo.toml > /dev/null",
    )?;
    say(&format!("  built in {:.0} s", began.elapsed().as_secs_f64()));
    Ok(())
}

/// As many as there are cores.
fn several_at_a_time(names: &[&str], act: impl Fn(&str) -> Result<Outcome> + Sync) -> Result<Vec<Outcome>> {
    let left = Mutex::new(names.iter().rev().copied().collect::<Vec<_>>());
    let next = || left.lock().ok().and_then(|mut left| left.pop());
    let work = || -> Result<Vec<Outcome>> { std::iter::from_fn(next).map(&act).collect() };
    let workers = thread::available_parallelism().map_or(2, usize::from);
    let mut outcomes = thread::scope(|scope| -> Result<Vec<Outcome>> {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let mut all = Vec::new();
        for worker in running {
            all.extend(worker.join().map_err(|_| anyhow!("a worker panicked"))??);
        }
        Ok(all)
    })?;
    outcomes.sort_by(|one, other| one.target.cmp(&other.target));
    Ok(outcomes)
}

/// Feeds a target. What it reached stays for the next time, and what it found.
fn feed(name: &str, seconds: u64) -> Result<Outcome> {
    let corpus = directory().join("corpus").join(name);
    let findings = directory().join("findings").join(name);
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&findings)?;
    let mut program = libfuzzer(name)?;
    program.arg(format!("-max_total_time={seconds}")).arg("-print_final_stats=1").args(LIMITS);
    program.arg(format!("-artifact_prefix={}/", findings.display()));
    program.arg(&corpus).arg(seeds(name));
    let output = program.stdout(Stdio::null()).output().with_context(|| format!("cannot run {name}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let outcome = Outcome::read(name, &said, output.status.success())?;
    if !output.status.success() {
        let log = findings.join("log");
        fs::write(&log, &output.stderr)?;
        say(&format!("  {name}: {}", outcome::reason(&said)));
    }
    Ok(outcome)
}

fn libfuzzer(name: &str) -> Result<Command> {
    let path = programs().join(name);
    if !path.exists() {
        bail!("{} was not built", path.display());
    }
    let mut program = Command::new(path);
    program.current_dir(root()).stdin(Stdio::null()).arg(format!("-max_len={LONGEST}"));
    Ok(program)
}

/// Puts to a target's seeds what reaches code that none of them does: of the fixtures, and of what was reached before.
fn merge(name: &str) -> Result<()> {
    let made = directory().join("candidates").join(name);
    let _ = fs::remove_dir_all(&made);
    fs::create_dir_all(&made)?;
    for (number, input) in candidates::of(name)?.into_iter().enumerate() {
        fs::write(made.join(format!("fixture-{number:04}")), input)?;
    }
    let seeds = seeds(name);
    fs::create_dir_all(&seeds)?;
    let mut program = libfuzzer(name)?;
    program.arg("-merge=1").args(LIMITS).arg(&seeds).arg(&made).stderr(Stdio::null());
    execute(&mut program)?;
    say(&format!("  {name}: {} seeds", count(&seeds)?));
    Ok(())
}

fn count(folder: &Path) -> Result<usize> {
    Ok(fs::read_dir(folder).with_context(|| folder.display().to_string())?.count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supply_chain::checksums;

    #[test]
    fn what_is_fuzzed_is_what_ships() {
        let read = |path: &str| checksums(&fs::read_to_string(root().join(path)).unwrap());
        let (ours, fuzzed) = (read("Cargo.lock"), read("fuzz/Cargo.lock"));
        assert!(fuzzed.len() > 20);
        for (name, version) in fuzzed.into_keys() {
            // What only libFuzzer needs is not in ours.
            let known: Vec<_> = ours.keys().filter(|(other, _)| *other == name).collect();
            assert!(
                known.is_empty() || known.iter().any(|(_, other)| *other == version),
                "{name} {version}, and not {known:?}: see how `build` says to make fuzz/Cargo.lock anew"
            );
        }
    }
}
