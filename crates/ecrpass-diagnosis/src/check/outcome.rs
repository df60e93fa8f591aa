//! What a check says: the cause was found, it is ruled out, or it could not be known.

use ecrpass_core::CommandLine;
use serde::Serialize;

use crate::finding::{Confidence, Evidence, Fix, OwnCommand, Severity};
use crate::location::Location;

/// What a check says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// It is this.
    Found(Box<Proof>),
    /// It is not this, because.
    Clear(String),
    /// It could not be known, because.
    Unknown(String),
}

/// What a check says, without its reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckWord {
    /// It is this.
    Found,
    /// It is not.
    Clear,
    /// It could not be known.
    Unknown,
}

impl CheckWord {
    /// As it stands in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Clear => "clear",
            Self::Unknown => "unknown",
        }
    }
}

/// Why it is this, and what fixes it here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What was seen, and where.
    pub evidence: Vec<Evidence>,
    /// How sure it is.
    pub confidence: Confidence,
    /// How bad it is, where it is not as bad as usual.
    pub severity: Option<Severity>,
    /// What is wrong here, in place of the catalogue's general words.
    pub title: Option<String>,
    /// What fixes it here, before the catalogue's general remedies.
    pub fixes: Vec<Fix>,
    /// Whether that is all: the catalogue's general remedies are for a worse case.
    pub alone: bool,
    /// What follows from it.
    pub consequences: Vec<String>,
    /// The action that is refused.
    pub action: Option<String>,
    /// Who is refused.
    pub principal: Option<String>,
}

/// It is this: this was seen there.
pub fn found(source: impl Into<String>, text: impl Into<String>) -> Proof {
    proven_by(Evidence::new(source, text))
}

/// It is this: this stands at that place in a file, or is seen at `otherwise` where the place is not known.
pub fn found_at(place: Option<&Location>, otherwise: &str, text: impl Into<String>) -> Proof {
    proven_by(match place {
        Some(place) => Evidence::at(place, text),
        None => Evidence::new(otherwise, text),
    })
}

fn proven_by(evidence: Evidence) -> Proof {
    Proof {
        evidence: vec![evidence],
        confidence: Confidence::Certain,
        severity: None,
        title: None,
        fixes: Vec::new(),
        alone: false,
        consequences: Vec::new(),
        action: None,
        principal: None,
    }
}

/// It is not this.
pub fn clear(why: impl Into<String>) -> CheckOutcome {
    CheckOutcome::Clear(why.into())
}

/// It could not be known.
pub fn unknown(why: impl Into<String>) -> CheckOutcome {
    CheckOutcome::Unknown(why.into())
}

impl Proof {
    /// This was seen, too.
    #[must_use]
    pub fn and(mut self, source: impl Into<String>, text: impl Into<String>) -> Self {
        self.evidence.push(Evidence::new(source, text));
        self
    }

    /// Nothing else explains it as well.
    #[must_use]
    pub fn likely(mut self) -> Self {
        self.confidence = Confidence::Likely;
        self
    }

    /// The catalogue's general remedies would do harm here.
    #[must_use]
    pub fn alone(mut self) -> Self {
        self.alone = true;
        self
    }

    /// Logins go on working for now.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.severity = Some(Severity::Warning);
        self
    }

    /// It does not matter here, and is worth knowing.
    #[must_use]
    pub fn note(mut self) -> Self {
        self.severity = Some(Severity::Note);
        self
    }

    /// What is wrong here, in a line.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// What fixes it here.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }

    /// A command that fixes it here.
    #[must_use]
    pub fn run(self, summary: impl Into<String>, command: CommandLine) -> Self {
        self.fix(Fix::run(summary, command))
    }

    /// A command of ours that fixes it.
    #[must_use]
    pub fn own(self, summary: impl Into<String>, command: OwnCommand) -> Self {
        self.fix(Fix::own(summary, command))
    }

    /// A command of ours that fixes it, and that `doctor --fix` runs.
    #[must_use]
    pub fn automatic(self, summary: impl Into<String>, command: OwnCommand) -> Self {
        self.fix(Fix::automatic(summary, command))
    }

    /// Something to do by hand.
    #[must_use]
    pub fn by_hand(self, summary: impl Into<String>) -> Self {
        self.fix(Fix::by_hand(summary))
    }

    /// What follows from it.
    #[must_use]
    pub fn therefore(mut self, consequence: impl Into<String>) -> Self {
        self.consequences.push(consequence.into());
        self
    }

    /// Who is refused what.
    #[must_use]
    pub fn refused(mut self, principal: &str, action: &str) -> Self {
        self.principal = Some(principal.to_owned());
        self.action = Some(action.to_owned());
        self
    }

    /// As the outcome of a check.
    pub fn outcome(self) -> CheckOutcome {
        CheckOutcome::Found(Box::new(self))
    }
}
