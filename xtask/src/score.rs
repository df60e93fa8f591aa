//! `cargo xtask score FILE`: how well `explain` does on labelled failures, one JSON object per line with `text`,
//! `label` (a slug, or `not-ecr`) and perhaps `alternatives`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use ecrpass_diagnosis::engine::explain::explain;
use serde_json::Value;

use crate::command::say;

/// Scores; with a fold, only the lines whose number leaves it over when divided by four.
pub fn run(file: &Path, fold: Option<usize>, verbose: bool) -> Result<()> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let (mut positives, mut first, mut among_three, mut negatives, mut wrong) = (0, 0, 0, 0, 0);
    for (index, line) in text.lines().enumerate() {
        if fold.is_some_and(|fold| index % 4 != fold) {
            continue;
        }
        let case: Value = serde_json::from_str(line).with_context(|| format!("line {}", index + 1))?;
        let field = |name: &str| case.get(name).and_then(Value::as_str).unwrap_or_default();
        let findings = explain("stdin", field("text"));
        let mut ranked: Vec<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
        let others = findings.iter().flat_map(|finding| finding.alternatives.iter().map(String::as_str));
        for other in others {
            if !ranked.contains(&other) {
                ranked.push(other);
            }
        }
        let label = field("label");
        if label == "not-ecr" {
            negatives += 1;
            if !findings.is_empty() {
                wrong += 1;
                say(&format!("  {} should find nothing, finds {ranked:?}", field("id")));
            }
            continue;
        }
        positives += 1;
        let accepted: Vec<&str> = case
            .get("alternatives")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let right = ranked.first().is_some_and(|found| *found == label || accepted.contains(found));
        let near = ranked.iter().take(3).any(|found| *found == label);
        first += usize::from(right);
        among_three += usize::from(near);
        if !right || !near && verbose {
            say(&format!("  {} is {label} {accepted:?}, finds {ranked:?}", field("id")));
        }
    }
    let percent = |part: usize, whole: usize| part as f64 * 100.0 / whole.max(1) as f64;
    say(&format!(
        "{positives} failures: first answer right {first} ({:.1} %), label among three {among_three} ({:.1} %); {negatives} others: {wrong} with a finding ({:.1} %)",
        percent(first, positives),
        percent(among_three, positives),
        percent(wrong, negatives),
    ));
    Ok(())
}
