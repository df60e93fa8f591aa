//! Measures whole processes from outside: start to exit, and the most memory they held.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// A program to be measured.
pub struct Subject {
    /// What the table calls it.
    pub name: &'static str,
    /// How it is run.
    pub command: Command,
    /// The file that becomes its standard input.
    pub input: std::path::PathBuf,
}

/// What was measured, sorted.
pub struct Figures {
    /// Milliseconds per run, in order of size.
    pub milliseconds: Vec<f64>,
    /// The most memory of any run, in bytes.
    pub peak: u64,
}

impl Figures {
    /// Of no runs at all, no number.
    fn at(&self, index: usize) -> f64 {
        self.milliseconds.get(index).copied().unwrap_or(f64::NAN)
    }

    /// The middle of all runs, in milliseconds.
    pub fn median(&self) -> f64 {
        self.at(self.milliseconds.len() / 2)
    }

    /// The quickest run, in milliseconds.
    pub fn min(&self) -> f64 {
        self.at(0)
    }

    /// The slowest run, in milliseconds.
    pub fn max(&self) -> f64 {
        self.at(self.milliseconds.len().saturating_sub(1))
    }
}

/// As [`in_turn`], for a number of subjects that is known.
pub fn interleaved<const N: usize>(subjects: &mut [Subject; N], runs: u32) -> Result<[Figures; N]> {
    let figures = in_turn(subjects, runs)?;
    figures.try_into().map_err(|_| anyhow::anyhow!("not one figure for each subject"))
}

/// Runs the subjects in turn, A B C A B C …, so that a machine that slows down slows all of them down.
pub fn in_turn(subjects: &mut [Subject], runs: u32) -> Result<Vec<Figures>> {
    let mut figures: Vec<Figures> =
        subjects.iter().map(|_| Figures { milliseconds: Vec::new(), peak: 0 }).collect();
    const WARM_UP: u32 = 5;
    for round in 0..runs + WARM_UP {
        for (subject, figures) in subjects.iter_mut().zip(&mut figures) {
            let elapsed = once(subject)?;
            if round >= WARM_UP {
                figures.milliseconds.push(elapsed);
            }
        }
    }
    for (subject, figures) in subjects.iter().zip(&mut figures) {
        figures.milliseconds.sort_by(f64::total_cmp);
        figures.peak = peak(subject)?;
    }
    Ok(figures)
}

fn once(subject: &mut Subject) -> Result<f64> {
    let input = std::fs::File::open(&subject.input)?;
    subject.command.stdin(input).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let status = subject.command.status().with_context(|| format!("cannot run {}", subject.name))?;
    let elapsed = started.elapsed().as_secs_f64() * 1000.0;
    if !status.success() {
        bail!("{} failed ({status}) while it was measured", subject.name);
    }
    Ok(elapsed)
}

/// The most memory of ten runs, in bytes, by GNU time: a child of ours would be charged with our own memory, which
/// it shares until it starts its program.
fn peak(subject: &Subject) -> Result<u64> {
    let mut peak = 0;
    for _ in 0..10 {
        let mut command = Command::new("/usr/bin/time");
        command
            .args(["--format", "%M", "--quiet"])
            .arg(subject.command.get_program())
            .args(subject.command.get_args());
        command.env_clear();
        for (name, value) in subject.command.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        let output = command
            .stdin(std::fs::File::open(&subject.input)?)
            .stdout(Stdio::null())
            .output()
            .context("cannot run /usr/bin/time: apt-get install time")?;
        let text = String::from_utf8_lossy(&output.stderr);
        let kilobytes: u64 = text
            .lines()
            .last()
            .unwrap_or_default()
            .trim()
            .parse()
            .with_context(|| format!("GNU time says {text}"))?;
        peak = peak.max(kilobytes * 1024);
    }
    Ok(peak)
}

/// A static program that does nothing, compiled like the helper.
pub fn nothing(directory: &Path, target: &str) -> Result<std::path::PathBuf> {
    let source = directory.join("nothing.rs");
    let program = directory.join("nothing");
    std::fs::write(&source, "fn main() {}\n")?;
    let status = Command::new("rustc")
        .args(["--target", target, "--edition", "2024", "-O", "-C", "panic=abort", "-C", "strip=symbols"])
        .args(["-C", "relocation-model=static", "-C", "target-feature=+crt-static", "-o"])
        .arg(&program)
        .arg(&source)
        .status()
        .context("cannot run rustc")?;
    if !status.success() {
        bail!("rustc cannot compile the program that does nothing");
    }
    Ok(program)
}
