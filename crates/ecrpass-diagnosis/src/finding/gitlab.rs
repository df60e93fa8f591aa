//! Findings as GitLab's code quality report. Source: GitLab, "Code Quality", "Code Quality report format".

use serde_json::{Value, json};

use super::fingerprint::fingerprints;
use super::model::{Finding, Severity};

/// The report.
pub fn code_quality(findings: &[Finding]) -> Value {
    let issues = findings.iter().zip(fingerprints(findings)).map(|(finding, fingerprint)| {
        let place = finding.evidence.first();
        let severity = match finding.severity {
            Severity::Error => "critical",
            Severity::Warning => "major",
            Severity::Note => "info",
        };
        json!({
            "description": format!("{} ({})", finding.title, finding.id),
            "check_name": finding.id,
            "fingerprint": fingerprint,
            "severity": severity,
            "location": {
                "path": place.map_or("", |place| place.source.as_str()),
                "lines": {"begin": place.and_then(|place| place.line).unwrap_or(1)},
            },
        })
    });
    issues.collect()
}
