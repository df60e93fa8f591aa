//! What the repair of a client's configuration found, as findings.

use ecrpass_clients::repair::{Change, Repair, Safety};
use ecrpass_json::InvalidDocument;

use crate::finding::{Confidence, Evidence, Finding, Fix, Severity};

/// What a repair found, what is mended first; `applied` when the changes have been made in the file.
pub fn findings(repair: &Repair, source: &str, applied: bool) -> Vec<Finding> {
    let changed = repair.changes.iter().map(|change| finding(change, source, applied));
    changed.chain(repair.left.iter().map(|change| finding(change, source, false))).collect()
}

/// That a text is no configuration.
pub fn invalid(document: &InvalidDocument, source: &str) -> Finding {
    Finding {
        id: "config-json-invalid".to_owned(),
        severity: Severity::Error,
        confidence: Confidence::Certain,
        title: document.message.clone(),
        explanation: "Clients warn and go on as if the file were empty, or stop.".to_owned(),
        evidence: vec![Evidence {
            source: source.to_owned(),
            line: Some(document.place.line),
            column: Some(document.place.column),
            text: document.excerpt.clone(),
            mark: None,
        }],
        fixes: Vec::new(),
        alternatives: Vec::new(),
        details: None,
        consequences: Vec::new(),
        impact: None,
        after: None,
        help: "ecrpass resolve <registry> --client all".to_owned(),
    }
}

fn finding(change: &Change, source: &str, applied: bool) -> Finding {
    let command = match change.safety {
        Safety::Safe => Some("ecrpass fix".to_owned()),
        Safety::Unsafe => Some("ecrpass fix --unsafe".to_owned()),
        Safety::Manual => None,
    };
    Finding {
        id: change.id.to_string(),
        severity: if change.safety == Safety::Unsafe { Severity::Warning } else { Severity::Error },
        confidence: Confidence::Certain,
        title: change.problem.clone(),
        explanation: format!("{} at {source}:{}.", change.problem, change.place),
        evidence: vec![Evidence {
            source: source.to_owned(),
            line: Some(change.place.line),
            column: Some(change.place.column),
            text: change.problem.clone(),
            mark: None,
        }],
        fixes: vec![Fix {
            summary: change.fix.clone(),
            command,
            automatic: change.safety == Safety::Safe,
            applied,
        }],
        alternatives: Vec::new(),
        details: None,
        consequences: Vec::new(),
        impact: None,
        after: None,
        help: "ecrpass fix --help".to_owned(),
    }
}
