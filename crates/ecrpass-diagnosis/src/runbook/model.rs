//! What a runbook is made of, in the form that programs read.

use ecrpass_core::DiagnosisId;
use serde::{Serialize, Serializer};

use super::platform::Platform;

/// A part of a runbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Is it this?
    Confirm,
    /// Whose credentials count?
    Credentials,
    /// Keep it from getting worse.
    Contain,
    /// End the cause.
    Recover,
    /// Have the platform try again.
    Retrigger,
    /// See that it works.
    Verify,
    /// Keep it from coming back, and be told if it does.
    Prevent,
}

impl Phase {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Confirm,
        Self::Credentials,
        Self::Contain,
        Self::Recover,
        Self::Retrigger,
        Self::Verify,
        Self::Prevent,
    ];

    /// Its heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Confirm => "Confirm",
            Self::Credentials => "Whose credentials",
            Self::Contain => "Contain",
            Self::Recover => "Recover",
            Self::Retrigger => "Re-trigger",
            Self::Verify => "Verify",
            Self::Prevent => "Prevent",
        }
    }
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The platform it is for; none for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// What it does.
    pub summary: String,
    /// How; what is not known stands as `<host>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// A part and its steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Which part.
    pub phase: Phase,
    /// What to do.
    pub steps: Vec<Step>,
}

/// A runbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Runbook {
    /// The cause; none where it is still to be found.
    #[serde(serialize_with = "slug")]
    pub cause: Option<DiagnosisId>,
    /// What is wrong.
    pub title: String,
    /// The platforms that it is for.
    pub platforms: Vec<Platform>,
    /// What to do, in order.
    pub sections: Vec<Section>,
}

fn slug<S: Serializer>(cause: &Option<DiagnosisId>, serializer: S) -> Result<S::Ok, S::Error> {
    cause.map(DiagnosisId::slug).serialize(serializer)
}
