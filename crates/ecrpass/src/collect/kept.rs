//! The findings of many logs, as many as anybody reads: memory does not grow with the number of files that failed.

use std::collections::BTreeMap;

use ecrpass_diagnosis::finding::Finding;

use crate::render::ui::Ui;

/// How many findings are kept; beyond that, one of each cause that had none.
const MOST: usize = 200;

/// Findings in the order they were made, and how many others there were of each cause.
#[derive(Default)]
pub struct Kept {
    findings: Vec<Finding>,
    others: BTreeMap<String, usize>,
}

impl Kept {
    /// Takes the findings of one more log.
    pub fn add(&mut self, found: Vec<Finding>) {
        for finding in found {
            let is_known = |kept: &Finding| kept.id == finding.id && kept.confidence <= finding.confidence;
            if self.findings.len() < MOST || !self.findings.iter().any(is_known) {
                self.findings.push(finding);
            } else {
                *self.others.entry(finding.id).or_default() += 1;
            }
        }
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.findings.len()
    }

    /// Those behind the first so many, to be put back.
    pub fn split_off(&mut self, at: usize) -> Vec<Finding> {
        self.findings.split_off(at.min(self.findings.len()))
    }

    /// Puts findings back that were taken out.
    pub fn put_back(&mut self, found: Vec<Finding>) {
        self.findings.extend(found);
    }

    /// All that were kept; says which were not.
    pub fn tell(self, ui: &mut Ui) -> Vec<Finding> {
        let total: usize = self.others.values().sum();
        if total > 0 {
            let causes: Vec<String> =
                self.others.iter().map(|(id, count)| format!("{count} of [{id}]")).collect();
            ui.note(&format!(
                "note: {} findings are shown; {total} others, of causes among them, are only counted: {}. To see those of a file: ecrpass explain <file>",
                self.findings.len(),
                causes.join(", ")
            ));
        }
        self.findings
    }
}
