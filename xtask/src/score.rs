//! `cargo xtask score FILE`: how well `explain` does on labelled failures, one JSON object per line with `text`,
//! `label` (a slug, or `not-ecr`) and perhaps `alternatives`.
//!
//! A label `missing:SLUG: …` is a cause that the catalogue lacked when it was written down. Where there are any, two
//! lines of figures are printed: with such a label taken for the cause of that name, and with it never right.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use ecrpass_diagnosis::engine::explain::explain;
use ecrpass_diagnosis::finding::{Confidence, Finding};
use serde_json::Value;

use crate::command::say;

/// What is right for a log.
struct Wanted<'a> {
    /// The cause, or `not-ecr`.
    label: &'a str,
    /// What is right as well.
    others: Vec<&'a str>,
}

impl<'a> Wanted<'a> {
    fn of(case: &'a Value) -> Self {
        let others = case.get("alternatives").and_then(Value::as_array).into_iter().flatten();
        Self {
            label: case.get("label").and_then(Value::as_str).unwrap_or_default(),
            others: others.filter_map(Value::as_str).collect(),
        }
    }

    /// The cause that a `missing:` label names.
    fn missing(&self) -> Option<&'a str> {
        self.label.strip_prefix("missing:")?.split(':').next()
    }

    fn label(&self, accepts_missing: bool) -> &'a str {
        self.missing().filter(|_| accepts_missing).unwrap_or(self.label)
    }

    fn accepts(&self, found: &str, accepts_missing: bool) -> bool {
        found == self.label(accepts_missing) || self.others.contains(&found)
    }
}

/// What was counted.
#[derive(Debug, Default)]
struct Figures {
    failures: usize,
    first: usize,
    label_among_three: usize,
    any_among_three: usize,
    negatives: usize,
    with_finding: usize,
    certain: usize,
    certain_wrong: usize,
}

impl Figures {
    /// Counts a log; says whether its first answer is right, and whether its label is among the first three.
    fn count(&mut self, wanted: &Wanted<'_>, findings: &[Finding], accepts_missing: bool) -> (bool, bool) {
        let is_certain = findings.first().is_some_and(|finding| finding.confidence == Confidence::Certain);
        self.certain += usize::from(is_certain);
        if wanted.label == "not-ecr" {
            self.negatives += 1;
            self.with_finding += usize::from(!findings.is_empty());
            self.certain_wrong += usize::from(is_certain);
            return (findings.is_empty(), findings.is_empty());
        }
        let ranked = ranked(findings);
        let first = ranked.first().is_some_and(|found| wanted.accepts(found, accepts_missing));
        let mut three = ranked.iter().take(3);
        let label = three.clone().any(|found| *found == wanted.label(accepts_missing));
        self.failures += 1;
        self.first += usize::from(first);
        self.label_among_three += usize::from(label);
        self.any_among_three += usize::from(three.any(|found| wanted.accepts(found, accepts_missing)));
        self.certain_wrong += usize::from(is_certain && !first);
        (first, label)
    }

    fn say(&self, how: &str) {
        let of = |part: usize, whole: usize| {
            format!("{part} ({:.1} %)", part as f64 * 100.0 / whole.max(1) as f64)
        };
        say(&format!(
            "{} failures{how}: first answer right {}, label among three {}, label or alternative among three {}; {} others: {} with a finding; {} certain: {} wrong",
            self.failures,
            of(self.first, self.failures),
            of(self.label_among_three, self.failures),
            of(self.any_among_three, self.failures),
            self.negatives,
            of(self.with_finding, self.negatives),
            self.certain,
            of(self.certain_wrong, self.certain),
        ));
    }
}

/// The causes in the order in which they are told.
fn ranked(findings: &[Finding]) -> Vec<&str> {
    let mut ranked: Vec<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
    for other in findings.iter().flat_map(|finding| &finding.alternatives) {
        if !ranked.contains(&other.as_str()) {
            ranked.push(other);
        }
    }
    ranked
}

/// Scores; with a fold, only the lines whose number leaves it over when divided by four.
pub fn run(file: &Path, fold: Option<usize>, verbose: bool) -> Result<()> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let (mut accepting, mut strict) = (Figures::default(), Figures::default());
    let mut missing = 0;
    for (index, line) in text.lines().enumerate() {
        if fold.is_some_and(|fold| index % 4 != fold) {
            continue;
        }
        let case: Value = serde_json::from_str(line).with_context(|| format!("line {}", index + 1))?;
        let field = |name: &str| case.get(name).and_then(Value::as_str).unwrap_or_default();
        let findings = explain("stdin", field("text"));
        let wanted = Wanted::of(&case);
        missing += usize::from(wanted.missing().is_some());
        strict.count(&wanted, &findings, false);
        let (first, label) = accepting.count(&wanted, &findings, true);
        if !first || !label && verbose {
            let sure =
                findings.first().map_or_else(String::new, |finding| format!("{:?}", finding.confidence));
            let ranked = ranked(&findings);
            say(&format!(
                "  {} is {} {:?}, finds {sure} {ranked:?}",
                field("id"),
                wanted.label(true),
                wanted.others
            ));
        }
    }
    if missing == 0 {
        accepting.say("");
    } else {
        accepting.say(&format!(" ({missing} labels `missing:SLUG` accepted as SLUG)"));
        strict.say(&format!(" ({missing} labels `missing:SLUG` never right)"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::root;

    /// Logs that people labelled who had seen neither the signatures nor each other's logs.
    #[test]
    fn what_explain_learned_stays_learned() {
        let mut all = Figures::default();
        for entry in fs::read_dir(root().join("crates/ecrpass-diagnosis/tests/fixtures/labelled")).unwrap() {
            for line in fs::read_to_string(entry.unwrap().path()).unwrap().lines() {
                let case: Value = serde_json::from_str(line).unwrap();
                let findings = explain("log", case["text"].as_str().unwrap());
                all.count(&Wanted::of(&case), &findings, true);
            }
        }
        assert!(all.failures >= 750 && all.negatives >= 490, "{all:?}");
        // A few of each are a matter of opinion.
        assert!(all.failures - all.first <= 3, "{all:?}");
        assert!(all.with_finding <= 3, "{all:?}");
        assert!(all.certain_wrong <= 3, "{all:?}");
    }
}
