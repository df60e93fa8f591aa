//! What a page shows of a text: its findings, where to mark them, and the corrected file.

#[cfg(feature = "bundle")]
use ecrpass_diagnosis::engine::doctor::Examination;
use ecrpass_diagnosis::finding::{Finding, Findings};
use serde::Serialize;

use crate::diff::{Hunk, hunks};
use crate::marks::{Mark, in_evidence};

/// What a page shows of a text.
#[derive(Serialize)]
pub(crate) struct Analysis {
    /// What the text was read as.
    pub kind: &'static str,
    /// What the command line prints with `--format json`.
    pub report: Report,
    /// Why a text that should be a bundle is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Of each finding, the places to mark.
    pub marks: Vec<Vec<Mark>>,
    /// The same in the quoted lines.
    pub quoted: Vec<Vec<Option<Mark>>>,
    /// The file with what can be corrected without asking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected: Option<Corrected>,
    /// The same with what may change how something works, where there is such.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub further: Option<Corrected>,
    /// Where the file breaks off, and why: what comes after it was not looked at.
    #[cfg(feature = "audit")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaks_off: Option<String>,
    /// What the text is that the other page reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_page: Option<&'static str>,
    /// The registries a configuration mentions, ECR's first.
    #[cfg(feature = "explain")]
    pub registries: Vec<String>,
}

/// Findings, for a bundle with all that its checks say.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Report {
    /// Findings alone.
    Findings(Findings),
    /// What a bundle says.
    #[cfg(feature = "bundle")]
    Examination(Examination),
}

impl Analysis {
    /// One of findings alone.
    pub fn new(kind: &'static str, findings: Vec<Finding>) -> Self {
        Self {
            kind,
            marks: vec![Vec::new(); findings.len()],
            quoted: in_evidence(&findings),
            report: Report::Findings(Findings::new(findings)),
            problem: None,
            corrected: None,
            further: None,
            #[cfg(feature = "audit")]
            breaks_off: None,
            other_page: None,
            #[cfg(feature = "explain")]
            registries: Vec::new(),
        }
    }
}

/// A corrected file.
#[derive(Serialize)]
pub(crate) struct Corrected {
    /// All of it, with its secrets.
    text: String,
    /// What it is called.
    name: String,
    /// What changed, with the secrets hidden.
    hunks: Vec<Hunk>,
    /// How many of the findings are fixed in it; they come first.
    changes: usize,
}

impl Corrected {
    /// What became of a text.
    pub fn of(old: &str, new: String, name: &str, changes: usize) -> Self {
        Self { hunks: hunks(old, &new), text: new, name: name.to_owned(), changes }
    }
}
