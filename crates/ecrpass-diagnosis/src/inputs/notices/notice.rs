//! A notice: what was said of a failure, what it names as the cause, and whose case it is.

use ecrpass_core::{CommandLine, DiagnosisId};

use super::super::file_position::FilePosition;
use crate::finding::{Confidence, Details};

/// Something that was said of a failure.
#[derive(Clone, Debug)]
pub struct Notice {
    /// What it is about, for people: `ECS task web:7`.
    pub subject: String,
    /// Words that say where it happens, as a log of that place would have them.
    pub place: &'static str,
    /// When it happened, as it says.
    pub time: Option<String>,
    /// What was said, as lines of a log, and where it stands. Secrets are hidden.
    pub said: Vec<(FilePosition, String)>,
    /// What it names as the cause itself.
    pub hints: Vec<Hint>,
    /// Whose case it is.
    pub details: Details,
    /// The images it is about.
    pub images: Vec<String>,
}

/// A cause that a notice names.
#[derive(Clone, Debug)]
pub struct Hint {
    /// The cause.
    pub id: DiagnosisId,
    /// How sure that is.
    pub confidence: Confidence,
    /// Where it stands.
    pub place: FilePosition,
    /// What stands there.
    pub text: String,
    /// What shows more.
    pub next: Option<(&'static str, CommandLine)>,
}
