//! What a repair is told of the machine, and what it says it changed.

use ecrpass_core::DiagnosisId;
use ecrpass_core::time::EpochSeconds;
use ecrpass_json::Position;
use serde::Serialize;

use ecrpass_core::environment::OperatingSystem;

/// The helper's name in configurations.
pub const HELPER: &str = "ecr-login";

/// What is known of the machine the file is on.
pub struct Situation<'a> {
    /// The time.
    pub now: EpochSeconds,
    /// The operating system.
    pub platform: OperatingSystem,
    /// Whether `docker-credential-<suffix>` is on `PATH`; `None` where that cannot be known, as in a filter.
    pub is_installed: Option<&'a dyn Fn(&str) -> bool>,
    /// Registries in use besides those in the file: from caches, or named by the user.
    pub registries: &'a [String],
    /// The helper our own helper hands other registries on to.
    pub delegate: Option<&'a str>,
    /// The store that was set before, as far as a backup tells.
    pub previous_store: Option<&'a str>,
}

impl Situation<'_> {
    pub(super) fn installed(&self, suffix: &str) -> bool {
        self.is_installed.is_none_or(|is_installed| is_installed(suffix))
    }

    pub(super) fn known_missing(&self, suffix: &str) -> bool {
        self.is_installed.is_some_and(|is_installed| !is_installed(suffix))
    }
}

/// How far a fix may go by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// Applied without asking.
    Safe,
    /// Applied on request.
    Unsafe,
    /// For the user to do.
    Manual,
}

/// Something wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The root cause.
    pub id: DiagnosisId,
    /// Where, in the file as it was.
    pub place: Position,
    /// What is wrong.
    pub problem: String,
    /// The fix, in one line.
    pub fix: String,
    /// How far it may go.
    pub safety: Safety,
}
