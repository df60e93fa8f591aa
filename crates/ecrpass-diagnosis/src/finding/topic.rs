//! What several findings that are no causes of the catalogue are about.

use super::fix::Fix;
use super::model::{Evidence, Finding, Severity};

/// A topic, by where it is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic(pub &'static str);

impl Topic {
    /// A finding about it, which is certain.
    pub fn finding(
        self,
        id: &str,
        severity: Severity,
        title: String,
        explanation: &str,
        evidence: Vec<Evidence>,
        fixes: Vec<Fix>,
    ) -> Finding {
        Finding {
            explanation: explanation.to_owned(),
            evidence,
            fixes,
            ..Finding::outside_catalogue(id, severity, title, self.0)
        }
    }
}
