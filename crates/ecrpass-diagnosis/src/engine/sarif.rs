//! Findings as SARIF 2.1.0 (OASIS), which code hosts and editors read.

use ecrpass_core::DiagnosisId;
use serde_json::{Value, json};

use crate::catalogue;
use crate::finding::{Confidence, Finding, Severity, fingerprints};

/// The findings as a SARIF log, by this version of ecrpass.
pub fn sarif(findings: &[Finding], version: &str) -> Value {
    let mut ids: Vec<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let rules: Vec<Value> = ids.iter().map(|id| rule(id, findings)).collect();
    let results: Vec<Value> =
        findings.iter().zip(fingerprints(findings)).map(|(finding, name)| result(finding, &name)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "ecrpass", "version": version, "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(id: &str, findings: &[Finding]) -> Value {
    match DiagnosisId::parse(id).map(catalogue::find) {
        Some(entry) => json!({
            "id": id,
            "shortDescription": {"text": entry.page.title()},
            "fullDescription": {"text": entry.page.explanation()},
            "help": {"text": entry.whole_page(), "markdown": entry.whole_page()},
            "defaultConfiguration": {"level": level(entry.severity)},
        }),
        // What is no entry of the catalogue says itself what it is about.
        None => {
            let first = findings.iter().find(|finding| finding.id == id);
            let text = |text: &str| json!({"text": if text.is_empty() { id } else { text }});
            json!({
                "id": id,
                "shortDescription": text(first.map_or("", |finding| finding.title.as_str())),
                "fullDescription": text(first.map_or("", |finding| finding.explanation.as_str())),
                "help": text(first.map_or("", |finding| finding.help.as_str())),
            })
        }
    }
}

/// A path as a URI reference.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let drive = path.as_bytes().get(1) == Some(&b':');
    let mut uri = if drive { "file:///".to_owned() } else { String::new() };
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) || drive && byte == b':' {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn result(finding: &Finding, fingerprint: &str) -> Value {
    let level = match (finding.severity, finding.confidence) {
        (Severity::Note, _) | (_, Confidence::Possible) => "note",
        (Severity::Warning, _) | (_, Confidence::Likely) => "warning",
        (Severity::Error, Confidence::Certain) => "error",
    };
    let mut text = format!("{}. {}", finding.title, finding.explanation);
    for seen in finding.evidence.iter().filter(|seen| seen.line.is_none()) {
        text.push_str(&format!("\n{}: {}", seen.source, seen.text));
    }
    for fix in finding.fixes.iter().chain(&finding.confirm) {
        text.push_str(&format!("\n- {}", fix.summary));
        if let Some(command) = fix.command() {
            text.push_str(&format!(": `{command}`"));
        }
    }
    let mut locations: Vec<Value> = finding
        .evidence
        .iter()
        // What is no place in a file stands in the message.
        .filter(|evidence| evidence.line.is_some())
        .map(|evidence| {
            let mut location = json!({"artifactLocation": {"uri": uri(&evidence.source)}});
            if let (Some(line), Some(location)) = (evidence.line, location.as_object_mut()) {
                let mut region = json!({"startLine": line, "snippet": {"text": evidence.text}});
                if let (Some(column), Some(region)) = (evidence.column, region.as_object_mut()) {
                    region.insert("startColumn".to_owned(), json!(column));
                }
                location.insert("region".to_owned(), region);
            }
            match &evidence.label {
                Some(label) => json!({"physicalLocation": location, "message": {"text": label}}),
                None => json!({"physicalLocation": location}),
            }
        })
        .collect();
    // What stands on no line is about a file as a whole, or about something at AWS: hosts want a place all the same.
    let whole = finding.evidence.first().filter(|_| locations.is_empty());
    locations.extend(
        whole.map(
            |evidence| json!({"physicalLocation": {"artifactLocation": {"uri": uri(&evidence.source)}}}),
        ),
    );
    json!({
        "ruleId": finding.id,
        "level": level,
        "message": {"text": text},
        "locations": locations,
        "partialFingerprints": {"ecrpass/v1": fingerprint},
        "properties": {"confidence": finding.confidence, "alternatives": finding.alternatives},
    })
}
