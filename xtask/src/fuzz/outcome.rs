//! What libFuzzer says of a run.

use std::path::PathBuf;

use anyhow::{Context, Result};

/// What came of a target.
pub struct Outcome {
    /// The target.
    pub target: String,
    /// How many inputs it was given.
    pub executions: u64,
    /// How many edges of its code were reached.
    pub edges: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The inputs for which something did not hold.
    pub findings: Vec<PathBuf>,
}

impl Outcome {
    /// Reads what was said.
    ///
    /// # Errors
    /// When a run that ended well says nothing of itself: then nothing was run.
    pub fn read(target: &str, said: &str, is_well: bool) -> Result<Self> {
        let written =
            |line: &str| line.split_once("Test unit written to ").map(|(_, path)| PathBuf::from(path.trim()));
        let mut findings: Vec<PathBuf> = said.lines().filter_map(written).collect();
        if !is_well && findings.is_empty() {
            findings.push(PathBuf::from("no input; see the log beside the findings"));
        }
        let executions = number_after(said, "stat::number_of_executed_units:");
        let seconds = said.lines().rev().find_map(|line| {
            let (_, rest) = line.split_once("runs in ")?;
            rest.split_whitespace().next()?.parse().ok()
        });
        let last = said.lines().rev().find(|line| line.contains(" cov: "));
        Ok(Self {
            target: target.to_owned(),
            executions: match executions {
                Some(count) => count,
                None if is_well => None.context(format!("{target} does not say how much it ran:\n{said}"))?,
                None => 0,
            },
            edges: last.and_then(|line| number_after(line, " cov: ")).unwrap_or(0),
            seconds: seconds.unwrap_or(0.0),
            findings,
        })
    }

    /// In a line.
    pub fn line(&self) -> String {
        let (name, executions, edges) = (&self.target, self.executions, self.edges);
        let findings = self.findings.len();
        format!(
            "{name:<16} {executions:>10} inputs  {edges:>7} edges  {:>6.0} s  {findings} findings",
            self.seconds
        )
    }
}

/// The line that says why it ended.
pub fn reason(said: &str) -> String {
    let telling = |line: &&str| {
        line.contains("panicked at") || line.contains("ERROR: libFuzzer") || line.starts_with("assertion")
    };
    let at = said.lines().position(|line| telling(&line));
    let lines: Vec<&str> = said.lines().skip(at.unwrap_or(0)).take(4).collect();
    lines.join("\n    ")
}

fn number_after(text: &str, before: &str) -> Option<u64> {
    let (_, rest) = text.rsplit_once(before)?;
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WELL: &str = "INFO: seed corpus: files: 3\n#4\tINITED cov: 120 ft: 300 corp: 3/1b\n#900\tDONE   cov: 190 ft: 410 corp: 9/2b\nDone 900 runs in 6 second(s)\nstat::number_of_executed_units: 900\nstat::average_exec_per_sec: 150\n";

    #[test]
    fn what_was_run_is_read() {
        let outcome = Outcome::read("yaml", WELL, true).unwrap();
        assert_eq!((outcome.executions, outcome.edges, outcome.seconds), (900, 190, 6.0));
        assert!(outcome.findings.is_empty() && outcome.line().contains("yaml"));
    }

    #[test]
    fn what_was_found_is_named_and_silence_is_no_success() {
        let said = "thread panicked at src/a.rs:1:2:\nwrong\nartifact_prefix='f/'; Test unit written to f/crash-12ab\n";
        let outcome = Outcome::read("yaml", said, false).unwrap();
        assert_eq!(outcome.findings, [PathBuf::from("f/crash-12ab")]);
        assert!(reason(said).contains("wrong"));
        assert_eq!(Outcome::read("yaml", "killed", false).unwrap().findings.len(), 1);
        assert!(Outcome::read("yaml", "", true).is_err());
    }
}
