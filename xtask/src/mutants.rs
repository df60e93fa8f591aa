//! `cargo xtask mutants`: the code that decides is changed, a little at a time, and the tests are run: a change that they
//! do not notice is a decision that nothing holds.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::command::{say, target};
use crate::tools;

/// A part of the code: its name, its package, its files, and which tests have to notice.
type Part = (&'static str, &'static str, &'static str, &'static str);

/// `.cargo/mutants.toml` says what is never changed.
const PARTS: [Part; 4] = [
    ("freshness", "ecrpass-helper", "crates/ecrpass-helper/src/freshness.rs", "--lib freshness::"),
    (
        "evaluation",
        "ecrpass-iam",
        "crates/ecrpass-iam/src/evaluate/*.rs crates/ecrpass-iam/src/condition/*.rs crates/ecrpass-iam/src/condition.rs crates/ecrpass-iam/src/arn_pattern.rs",
        "--lib --test evaluate --test properties",
    ),
    ("clients", "ecrpass-clients", "crates/ecrpass-clients/src/client/*.rs", "--lib --tests"),
    (
        "repair",
        "ecrpass-clients",
        "crates/ecrpass-clients/src/repair/*.rs crates/ecrpass-clients/src/repair.rs",
        "--lib --tests",
    ),
];

/// The least share of changes that has to be noticed, in percent.
const LEAST: f64 = 85.0;

/// What came of the changes of a part.
#[derive(Debug, Default, PartialEq)]
struct Score {
    noticed: u64,
    missed: Vec<String>,
}

impl Score {
    fn percent(&self) -> f64 {
        let all = self.noticed as f64 + self.missed.len() as f64;
        if all == 0.0 { 0.0 } else { 100.0 * self.noticed as f64 / all }
    }
}

/// Changes these parts, or all.
///
/// # Errors
/// When too many changes of a part go unnoticed; they are named.
pub fn run(names: &[String]) -> Result<()> {
    if let Some(unknown) = names.iter().find(|name| PARTS.iter().all(|(known, ..)| known != name)) {
        bail!("there is no part `{unknown}`; there are: {}", PARTS.map(|(name, ..)| name).join(", "));
    }
    let mut low = Vec::new();
    for part in PARTS.iter().filter(|(name, ..)| names.is_empty() || names.iter().any(|one| one == name)) {
        let score = measure(part)?;
        let line = format!(
            "{}: {:.1} %, {} of {} changes noticed",
            part.0,
            score.percent(),
            score.noticed,
            score.noticed + score.missed.len() as u64
        );
        say(&format!("  {line}"));
        score.missed.iter().for_each(|missed| say(&format!("    not noticed: {missed}")));
        if score.percent() < LEAST {
            low.push(line);
        }
    }
    if !low.is_empty() {
        bail!("under {LEAST} %:\n  {}", low.join("\n  "));
    }
    Ok(())
}

fn measure((name, package, files, tests): &Part) -> Result<Score> {
    let kept = directory(name);
    fs::create_dir_all(&kept)?;
    let mut mutants = tools::cargo_mutants()?;
    // A copy of the sources is changed, never these; what is built stays for the next time.
    mutants.env("CARGO_TARGET_DIR", target().join("mutants/target"));
    mutants.args(["--package", package, "--no-shuffle", "--colors", "never", "--output"]).arg(&kept);
    mutants.args(files.split(' ').flat_map(|file| ["--file", file]));
    mutants.arg("--").args(tests.split(' '));
    // It fails when something was missed, which is counted here.
    let status = mutants.status().with_context(|| format!("cannot run cargo mutants for {name}"))?;
    let outcomes = kept.join("mutants.out/outcomes.json");
    let text = fs::read_to_string(&outcomes)
        .with_context(|| format!("cargo mutants ({status}) wrote no {}", outcomes.display()))?;
    let score = read(&serde_json::from_str(&text)?)?;
    if score == Score::default() {
        bail!("nothing of `{name}` was changed: its files have other names now");
    }
    Ok(score)
}

fn directory(name: &str) -> PathBuf {
    target().join("mutants").join(name)
}

/// Reads what cargo-mutants wrote down. A change that does not compile says nothing; one after which the tests do not end
/// is noticed.
fn read(outcomes: &Value) -> Result<Score> {
    let mut score = Score::default();
    for outcome in outcomes.get("outcomes").and_then(Value::as_array).context("no outcomes are in it")? {
        let summary = outcome.get("summary").and_then(Value::as_str).unwrap_or_default();
        let mutant = outcome.pointer("/scenario/Mutant");
        match (mutant, summary) {
            (Some(_), "CaughtMutant" | "Timeout") => score.noticed += 1,
            (Some(mutant), "MissedMutant") => {
                let name = mutant.get("name").and_then(Value::as_str).unwrap_or("?");
                score.missed.push(name.to_owned());
            }
            (Some(_), _) => {}
            (None, "Success") => {}
            (None, other) => bail!("the tests fail before anything is changed ({other})"),
        }
    }
    Ok(score)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::root;

    #[test]
    fn what_was_noticed_is_counted() {
        let mutant = |summary: &str| serde_json::json!({"scenario": {"Mutant": {"name": "a.rs:1: x"}}, "summary": summary});
        let baseline = |summary: &str| serde_json::json!({"scenario": "Baseline", "summary": summary});
        let all = [
            baseline("Success"),
            mutant("CaughtMutant"),
            mutant("CaughtMutant"),
            mutant("Timeout"),
            mutant("Unviable"),
            mutant("MissedMutant"),
        ];
        let score = read(&serde_json::json!({"outcomes": all})).unwrap();
        assert_eq!((score.noticed, score.missed.len(), score.percent()), (3, 1, 75.0));
        assert!(read(&serde_json::json!({"outcomes": [baseline("Failure")]})).is_err());
        assert_eq!(Score::default().percent(), 0.0);
    }

    #[test]
    fn the_files_are_there() {
        for (name, package, files, _) in PARTS {
            assert!(root().join("crates").join(package).is_dir(), "{name}");
            for file in files.split(' ') {
                let path = root().join(file.replace("/*.rs", ""));
                assert!(path.exists(), "{name}: {}", path.display());
            }
        }
    }
}
