//! What an entry of the catalogue is made of: signatures, remedies, a check, a page.

use ecrpass_core::DiagnosisId;

pub use super::page::Page;
use super::remedy::Remedy;
use crate::check::{Case, Check, CheckOutcome, Stage};
use crate::finding::{Confidence, Details, Evidence, Finding, Fix, OwnCommand, Severity, Situation};

/// A root cause.
#[derive(Debug)]
pub struct Diagnosis {
    /// Its name.
    pub id: DiagnosisId,
    /// The page users read.
    pub page: Page,
    /// How bad it is.
    pub severity: Severity,
    /// What shows it in a log; `NOT_IN_LOGS` for what only files show.
    pub signatures: &'static [Signature],
    /// What fixes it, the best first.
    pub remedies: &'static [Remedy],
    /// What tells it from causes that look the same; the first that fits the case.
    pub confirm: &'static [Remedy],
    /// What shows it in facts; none for what only a log can show.
    pub check: Option<Check>,
}

/// Of a cause that no log and no fact shows: the audit finds it in files.
pub const NOT_IN_LOGS: &[Signature] = &[];

impl Diagnosis {
    /// Whether only files show it. The audit has a rule for each of these, and the fixtures that hold it to that.
    pub fn only_files_show(&self) -> bool {
        self.signatures.is_empty() && self.check.is_none()
    }

    /// What fixes it in this case.
    pub fn fixes(&self, situation: &Situation) -> impl Iterator<Item = Fix> {
        self.remedies.iter().filter(|remedy| remedy.is_for(situation)).map(|remedy| remedy.fix(situation))
    }

    /// The same for a place in a file: what is missing of a command is a gap in it.
    pub fn fixes_with_gaps(&self, situation: &Situation) -> impl Iterator<Item = Fix> {
        let fitting = self.remedies.iter().filter(|remedy| remedy.is_for(situation));
        fitting.map(|remedy| remedy.fix_with_gaps(situation))
    }

    /// What tells it from causes that look the same, in this case.
    pub fn confirmation(&self, situation: &Situation) -> Option<Fix> {
        let fitting = self.confirm.iter().find(|remedy| remedy.is_for(situation))?;
        Some(fitting.fix(situation))
    }

    /// The finding that it is this.
    pub fn found(
        &self,
        confidence: Confidence,
        evidence: Vec<Evidence>,
        details: Details,
        fixes: Vec<Fix>,
    ) -> Finding {
        let (title, explanation) = (self.page.title().to_owned(), self.page.explanation());
        Finding {
            impact: self.page.impact(),
            after: self.page.after(),
            ..self.found_in_words(title, explanation, confidence, evidence, details, fixes)
        }
    }

    /// The same in other words than those of its page: of an entry in a file, of which there may be thousands.
    pub fn found_in_words(
        &self,
        title: String,
        explanation: String,
        confidence: Confidence,
        evidence: Vec<Evidence>,
        details: Details,
        fixes: Vec<Fix>,
    ) -> Finding {
        let (confirm, fixes) = fixes.into_iter().partition(|fix| fix.looks);
        Finding {
            id: self.id.slug().to_owned(),
            severity: self.severity,
            confidence,
            title,
            explanation,
            evidence,
            fixes,
            confirm,
            alternatives: Vec::new(),
            details: Some(details).filter(|details| *details != Details::default()),
            occurrences: None,
            consequences: Vec::new(),
            impact: None,
            after: None,
            help: OwnCommand::Explain { id: self.id }.command_line().to_string(),
        }
    }
}

/// A check over facts.
#[allow(clippy::unnecessary_wraps)] // an entry reads `check: check(…)` or `check: None`
pub const fn check(stage: Stage, examine: fn(&Case<'_>) -> CheckOutcome) -> Option<Check> {
    Some(Check { stage, examine })
}

/// Which registry a message has to be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The message can only be ECR's, or AWS's on the way there.
    Itself,
    /// Any registry, unless another one than ECR is named.
    NotAnother,
    /// Anything that AWS, or the network, is asked for: others print the message as well. It counts in full where ECR or a
    /// client of registries is named, as a possibility where nothing is, and not at all where something else is.
    Shared,
    /// ECR, named in the line or near it.
    Ecr,
}

/// What a cause looks like in a line of a log. Texts are in lower case.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// All of these are in the line.
    pub says: &'static [&'static str],
    /// None of these is in the line.
    pub without: &'static [&'static str],
    /// One of these is near it, if there are any.
    pub near: &'static [&'static str],
    /// And one of these.
    pub also_near: &'static [&'static str],
    /// None of these is near it.
    pub unless_near: &'static [&'static str],
    /// Which registry the message has to be about.
    pub about: About,
    /// How well it proves the cause, up to 100: from 90 on it is certain, from 70 on likely.
    pub weight: u8,
}

/// A line that holds all of these proves the cause, whatever it is about.
pub const fn says(texts: &'static [&'static str]) -> Signature {
    Signature {
        says: texts,
        without: &[],
        near: &[],
        also_near: &[],
        unless_near: &[],
        about: About::Itself,
        weight: 95,
    }
}

impl Signature {
    /// None of these may be in the line.
    pub const fn without(mut self, texts: &'static [&'static str]) -> Self {
        self.without = texts;
        self
    }

    /// One of these has to be near it.
    pub const fn near(mut self, texts: &'static [&'static str]) -> Self {
        self.near = texts;
        self
    }

    /// And one of these.
    pub const fn also_near(mut self, texts: &'static [&'static str]) -> Self {
        self.also_near = texts;
        self
    }

    /// None of these may be near it.
    pub const fn unless_near(mut self, texts: &'static [&'static str]) -> Self {
        self.unless_near = texts;
        self
    }

    /// The message has to be about ECR.
    pub const fn about_ecr(mut self) -> Self {
        self.about = About::Ecr;
        self
    }

    /// The message must not be about another registry.
    pub const fn not_another(mut self) -> Self {
        self.about = About::NotAnother;
        self
    }

    /// The message is not only a registry's: whoever asks AWS or the network for anything may get it.
    pub const fn shared(mut self) -> Self {
        self.about = About::Shared;
        self
    }

    /// How well it proves the cause, up to 100.
    pub const fn weight(mut self, weight: u8) -> Self {
        self.weight = weight;
        self
    }
}
