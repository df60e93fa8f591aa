//! What a rule found, before it becomes a finding.

use std::ops::Range;

use ecrpass_core::registry::Registry;
use ecrpass_diagnosis::finding::Severity;

use crate::edit::FileEdit;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The file, as the tree names it.
    pub path: String,
    /// Its bytes; a rule marks what a person would change first.
    pub bytes: Range<usize>,
    /// What stands there, in words and without secrets: the text beside the mark.
    pub label: String,
}

/// Something found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// How bad it is here; the rule's own severity unless it says otherwise.
    pub severity: Severity,
    /// What is wrong here, in a line.
    pub title: String,
    /// Where: the first is the one to change, the others explain it.
    pub spots: Vec<Spot>,
    /// The registry it is about, for the commands of the fixes.
    pub registry: Option<Registry>,
    /// The pull secret it is about, for these commands, too.
    pub pull_secret: Option<PullSecret>,
    /// What fixes it in the file.
    pub edit: Option<FileEdit>,
    /// Another fix than the catalogue's, in words or as lines to put in: summary and text.
    pub advice: Option<(String, String)>,
    /// Whether the catalogue's fixes are for other cases than this one.
    pub is_advice_enough: bool,
}

/// A pull secret of Kubernetes, as its manifest names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullSecret {
    /// Its name.
    pub name: String,
    /// Its namespace, where the manifest says which.
    pub namespace: Option<String>,
}

impl Spot {
    /// A place with what stands there.
    pub fn new(path: &str, bytes: Range<usize>, label: impl Into<String>) -> Self {
        Self { path: path.to_owned(), bytes, label: label.into() }
    }
}

impl Hit {
    /// Something found at these places.
    pub fn new(severity: Severity, title: impl Into<String>, spots: Vec<Spot>) -> Self {
        Self {
            severity,
            title: title.into(),
            spots,
            registry: None,
            pull_secret: None,
            edit: None,
            advice: None,
            is_advice_enough: false,
        }
    }

    /// The same, about a registry.
    #[must_use]
    pub fn about(self, registry: Option<Registry>) -> Self {
        Self { registry, ..self }
    }

    /// The same, about a pull secret.
    #[must_use]
    pub fn of_pull_secret(self, pull_secret: Option<PullSecret>) -> Self {
        Self { pull_secret, ..self }
    }

    /// The same, with what fixes it in the file.
    #[must_use]
    pub fn with_edit(self, edit: Option<FileEdit>) -> Self {
        Self { edit, ..self }
    }

    /// The same, with another fix than the catalogue's.
    #[must_use]
    pub fn with_advice(self, summary: impl Into<String>, text: impl Into<String>) -> Self {
        Self { advice: Some((summary.into(), text.into())), ..self }
    }

    /// The same, with another fix in the place of the catalogue's.
    #[must_use]
    pub fn with_only_advice(self, summary: impl Into<String>, text: impl Into<String>) -> Self {
        Self { is_advice_enough: true, ..self.with_advice(summary, text) }
    }
}
