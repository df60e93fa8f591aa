//! What a repair found, as findings.

use super::{Change, Repair, Safety};
use crate::docker_config::InvalidDocument;
use crate::finding::{Confidence, Evidence, Finding, Fix, Severity};

impl Repair {
    /// What was found, what is mended first; `applied` when the changes have been made in the file.
    pub fn findings(&self, source: &str, applied: bool) -> Vec<Finding> {
        let changed = self.changes.iter().map(|change| change.finding(source, applied));
        changed.chain(self.left.iter().map(|change| change.finding(source, false))).collect()
    }
}

impl InvalidDocument {
    /// That the text is no configuration.
    pub fn finding(&self, source: &str) -> Finding {
        Finding {
            id: "config-json-invalid".to_owned(),
            severity: Severity::Error,
            confidence: Confidence::Certain,
            title: self.message.clone(),
            explanation: "Clients warn and go on as if the file were empty, or stop.".to_owned(),
            evidence: vec![Evidence {
                source: source.to_owned(),
                line: Some(self.place.line),
                column: Some(self.place.column),
                text: self.excerpt.clone(),
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
}

impl Change {
    fn finding(&self, source: &str, applied: bool) -> Finding {
        let command = match self.safety {
            Safety::Safe => Some("ecrpass fix".to_owned()),
            Safety::Unsafe => Some("ecrpass fix --unsafe".to_owned()),
            Safety::Manual => None,
        };
        Finding {
            id: self.slug.to_owned(),
            severity: if self.safety == Safety::Unsafe { Severity::Warning } else { Severity::Error },
            confidence: Confidence::Certain,
            title: self.problem.clone(),
            explanation: format!("{} at {source}:{}.", self.problem, self.place),
            evidence: vec![Evidence {
                source: source.to_owned(),
                line: Some(self.place.line),
                column: Some(self.place.column),
                text: self.problem.clone(),
                mark: None,
            }],
            fixes: vec![Fix {
                summary: self.fix.clone(),
                command,
                automatic: self.safety == Safety::Safe,
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
}
