//! What a finding is made of, in the form that programs read.

use ecrpass_core::environment::OperatingSystem;
use serde::{Deserialize, Serialize};

use super::details::Details;
use super::fix::Fix;
use super::occurrences::Occurrences;
use crate::location::Location;

/// The name of the JSON format.
pub const SCHEMA: &str = "ecrpass/findings/1";

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Logins fail, or will.
    Error,
    /// Logins may fail, or fail for some clients.
    Warning,
    /// Worth knowing.
    Note,
}

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// It was seen.
    Certain,
    /// Nothing else explains what was seen as well.
    Likely,
    /// It is one of several explanations.
    Possible,
}

/// Where it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Evidence {
    /// A file, `stdin`, a variable.
    pub source: String,
    /// The line, from 1; none where there are no lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The column, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// What was seen, without secrets.
    pub text: String,
    /// The part of the text that says it, as bytes from and to.
    #[serde(skip)]
    pub mark: Option<(usize, usize)>,
    /// What the marked part is or does, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl Evidence {
    /// It was seen there: of a machine, of a program, in a variable.
    pub fn new(source: impl Into<String>, text: impl Into<String>) -> Self {
        Self { source: source.into(), line: None, column: None, text: text.into(), mark: None, label: None }
    }

    /// It stands there in a file.
    pub fn at(place: &Location, text: impl Into<String>) -> Self {
        let (line, column) = place.position.unzip();
        Self { source: place.file.clone(), line, column, text: text.into(), mark: None, label: None }
    }
}

/// One root cause, found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// The root cause's name.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// What is wrong, in a line.
    pub title: String,
    /// Why, and what it leads to.
    pub explanation: String,
    /// Where it was seen.
    pub evidence: Vec<Evidence>,
    /// What to do: the first ends it where it can be ended here, or says whom to ask for what.
    pub fixes: Vec<Fix>,
    /// What shows whether this is the cause, and changes nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confirm: Vec<Fix>,
    /// Other causes that would look the same.
    pub alternatives: Vec<String>,
    /// What is known of the case: host, repository, principal and so on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
    /// How often a log says it, where not all of its lines are quoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurrences: Option<Occurrences>,
    /// What follows from it, and goes with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consequences: Vec<String>,
    /// What is affected while it lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impact: Option<String>,
    /// What to do once it is fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Where to read more.
    pub help: String,
}

impl Finding {
    /// The same finding, its commands written for the shell of that system.
    #[must_use]
    pub fn on(mut self, system: OperatingSystem) -> Self {
        let fit = |fixes: Vec<Fix>| fixes.into_iter().map(|fix| fix.on(system)).collect();
        self.fixes = fit(self.fixes);
        self.confirm = fit(self.confirm);
        self
    }

    /// A finding that is no cause of the catalogue, such as what a team's own policy says: certain, with nothing more
    /// than this. Causes are found by their entries.
    pub fn outside_catalogue(
        id: impl Into<String>,
        severity: Severity,
        title: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            severity,
            confidence: Confidence::Certain,
            title: title.into(),
            explanation: String::new(),
            evidence: Vec::new(),
            fixes: Vec::new(),
            confirm: Vec::new(),
            alternatives: Vec::new(),
            details: None,
            occurrences: None,
            consequences: Vec::new(),
            impact: None,
            after: None,
            help: help.into(),
        }
    }
}

/// All that was found, best first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// The format, for programs.
    pub schema: &'static str,
    /// The findings.
    pub findings: Vec<Finding>,
}

impl Findings {
    /// Findings, in that order.
    pub fn new(findings: Vec<Finding>) -> Self {
        Self { schema: SCHEMA, findings }
    }
}
