//! What an entry of the catalogue is made of: signatures, remedies, a check, a page; and the short words entries are
//! written with.

use ecrpass_core::DiagnosisId;

pub use super::page::Page;
use crate::check::{Case, Check, Outcome, Stage};
use crate::finding::{Details, Fix, Severity};

/// A root cause.
#[derive(Debug)]
pub struct Diagnosis {
    /// Its name.
    pub id: DiagnosisId,
    /// The page users read.
    pub page: Page,
    /// How bad it is.
    pub severity: Severity,
    /// What betrays it in a log.
    pub signatures: &'static [Signature],
    /// What mends it, the best first. `{host}`, `{account}`, `{region}`, `{repository}`, `{tag}`, `{caller}`,
    /// `{role}`, `{action}`, `{profile}` and `{client}` are filled in.
    pub remedies: &'static [Remedy],
    /// The command that tells it from causes that look the same.
    pub decide: &'static str,
    /// What betrays it in facts; none for what only a log can show.
    pub check: Option<Check>,
}

impl Diagnosis {
    /// What mends it in a case of which that much is known.
    pub fn fixes(&self, details: &Details) -> impl Iterator<Item = Fix> {
        let meant = self.remedies.iter().filter(|remedy| remedy.is_for(details.ci.as_deref()));
        meant.map(|remedy| Fix {
            summary: details.fill(remedy.summary),
            command: (!remedy.command.is_empty()).then(|| details.fill(remedy.command)),
            automatic: remedy.automatic,
            applied: false,
        })
    }
}

/// Something that mends a cause.
#[derive(Debug)]
pub struct Remedy {
    /// What it does.
    pub summary: &'static str,
    /// The command; empty when there is none.
    pub command: &'static str,
    /// Whether `ecrpass fix` does it without asking.
    pub automatic: bool,
    /// The CI system it is for; empty when it is for all.
    pub ci: &'static str,
}

impl Remedy {
    /// Whether it is for everybody, or for the CI system at hand.
    pub(super) fn is_for(&self, ci: Option<&str>) -> bool {
        self.ci.is_empty() || ci == Some(self.ci)
    }
}

/// A check over facts.
#[allow(clippy::unnecessary_wraps)] // an entry reads `check: check(…)` or `check: None`
pub const fn check(stage: Stage, examine: fn(&Case<'_>) -> Outcome) -> Option<Check> {
    Some(Check { stage, examine })
}

/// A command that mends it.
pub const fn run(summary: &'static str, command: &'static str) -> Remedy {
    Remedy { summary, command, automatic: false, ci: "" }
}

/// Something to do without a command.
pub const fn by_hand(summary: &'static str) -> Remedy {
    Remedy { summary, command: "", automatic: false, ci: "" }
}

/// Something to do in one CI system: `github`, `gitlab`, `jenkins`, `codebuild` or `circleci`.
pub const fn in_ci(ci: &'static str, summary: &'static str, command: &'static str) -> Remedy {
    Remedy { summary, command, automatic: false, ci }
}

/// Something `ecrpass fix` does.
pub const fn automatic(summary: &'static str) -> Remedy {
    Remedy { summary, command: "ecrpass fix", automatic: true, ci: "" }
}

/// Which registry a message has to be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The message can only be ECR's, or AWS's on the way there.
    Itself,
    /// Any registry, unless another one than ECR is named.
    NotAnother,
    /// ECR, named in the line or near it.
    Ecr,
}

/// What a cause looks like in a line of a log. Texts are in lower case.
#[derive(Debug)]
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

    /// How well it proves the cause, up to 100.
    pub const fn weight(mut self, weight: u8) -> Self {
        self.weight = weight;
        self
    }
}
