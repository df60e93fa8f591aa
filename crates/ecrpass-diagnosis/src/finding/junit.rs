//! Findings as a JUnit report: what CI systems show as tests.

use super::model::{Finding, Severity};

/// The lines of the report. What is only a note is a test that passed, with the note as its output.
pub fn junit(findings: &[Finding]) -> Vec<String> {
    let failures = findings.iter().filter(|finding| finding.severity != Severity::Note).count();
    // Nothing found is a test that passed, too: some systems take an empty report for a broken one.
    let tests = findings.len().max(1);
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\"");
    let mut lines = vec![
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_owned(),
        format!("<testsuites {counts}>"),
        format!("  <testsuite name=\"ecrpass\" {counts}>"),
    ];
    for finding in findings {
        case(finding, &mut lines);
    }
    if findings.is_empty() {
        lines.push("    <testcase classname=\"ecrpass\" name=\"no findings\"/>".to_owned());
    }
    lines.push("  </testsuite>".to_owned());
    lines.push("</testsuites>".to_owned());
    lines
}

fn case(finding: &Finding, lines: &mut Vec<String>) {
    let place = finding.evidence.first();
    let source = place.map_or("", |place| place.source.as_str());
    let line = place.and_then(|place| place.line).unwrap_or(1);
    let name = format!("{} at line {line}", finding.id);
    lines.push(format!(
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{line}\">",
        escaped(source),
        escaped(&name),
        escaped(source)
    ));
    let (open, close) = match finding.severity {
        Severity::Note => ("      <system-out>".to_owned(), "</system-out>"),
        severity => {
            let kind = if severity == Severity::Error { "error" } else { "warning" };
            let message = escaped(&finding.title);
            (format!("      <failure type=\"{kind}\" message=\"{message}\">"), "</failure>")
        }
    };
    let mut text = vec![finding.title.clone()];
    for place in &finding.evidence {
        let line = place.line.map(|line| format!(":{line}")).unwrap_or_default();
        text.push(format!("{}{line}: {}", place.source, place.text.trim()));
    }
    text.push(finding.explanation.clone());
    for fix in &finding.fixes {
        let command = fix.command().map(|command| format!(": {command}")).unwrap_or_default();
        text.push(format!("- {}{command}", fix.summary));
    }
    text.push(format!("More: {}", finding.help));
    let text = text.join("\n");
    let mut texts: Vec<String> = text.lines().map(escaped).collect();
    if let Some(first) = texts.first_mut() {
        *first = format!("{open}{first}");
    }
    if let Some(last) = texts.last_mut() {
        last.push_str(close);
    }
    lines.extend(texts);
    lines.push("    </testcase>".to_owned());
}

/// Text as XML 1.0 takes it: what it does not allow at all is left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\t' => safe.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => safe.push(c),
        }
    }
    safe
}
