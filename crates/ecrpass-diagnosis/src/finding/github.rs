//! Findings as annotations of GitHub Actions. Source: GitHub, "Workflow commands for GitHub Actions".

use super::model::{Confidence, Finding, Severity};

/// One annotation, a line.
pub fn annotation(finding: &Finding) -> String {
    let kind = match (finding.severity, finding.confidence) {
        (Severity::Note, _) | (_, Confidence::Possible) => "notice",
        (Severity::Warning, _) | (_, Confidence::Likely) => "warning",
        (Severity::Error, Confidence::Certain) => "error",
    };
    let mut properties = format!("title={}", property(&format!("{} ({})", finding.title, finding.id)));
    let placed = finding.evidence.iter().find_map(|evidence| Some((evidence, evidence.line?)));
    if let Some((evidence, line)) = placed.filter(|(evidence, _)| evidence.source != "stdin") {
        properties.push_str(&format!(",file={},line={line}", property(&evidence.source)));
    }
    let mut text = finding.explanation.clone();
    for evidence in &finding.evidence {
        text.push_str(&format!("\n> {}", evidence.text));
    }
    for fix in finding.fixes.iter().chain(&finding.confirm) {
        text.push_str(&format!("\n- {}", fix.summary));
        if let Some(command) = fix.command() {
            text.push_str(&format!(": {command}"));
        }
    }
    format!("::{kind} {properties}::{}", data(&text))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
