//! What a repair is told of the machine, and what it says it changed.

use ecrpass_core::DiagnosisId;
use ecrpass_core::time::EpochSeconds;
use ecrpass_json::Position;
use serde::Serialize;

use ecrpass_core::environment::OperatingSystem;

/// The helper's names in configurations. The first is ours alone; the second is Amazon's, which Docker Desktop and
/// Rancher Desktop put a helper of their own under.
pub const HELPERS: [&str; 2] = ["ecrpass", "ecr-login"];

/// The name that is written where nobody can tell which of them is there, as in a filter: Amazon's helper answers to it,
/// too.
const COMMON: &str = "ecr-login";

/// Whether a configuration means the ECR helper by that name, whichever program answers.
pub fn is_helper(name: &str) -> bool {
    HELPERS.contains(&name)
}

/// What is known of the machine the file is on.
pub struct KnownMachine<'a> {
    /// The time.
    pub now: EpochSeconds,
    /// The operating system.
    pub platform: OperatingSystem,
    /// Whether `docker-credential-<suffix>` is on `PATH`; `None` where that cannot be known, as in a filter.
    pub is_installed: Option<&'a dyn Fn(&str) -> bool>,
    /// Registries in use besides those in the file: from caches, or named by the user.
    pub registries: &'a [String],
    /// Whether ECR Public is used by what is in the current directory, or named in our settings; where.
    pub public_used_in: Option<&'a str>,
    /// The helper our own helper hands other registries on to.
    pub delegate: Option<&'a str>,
    /// The store that was set before, as far as a backup tells.
    pub previous_store: Option<&'a str>,
    /// What our helper answers for a registry; `None` where it is not asked.
    pub login: Option<&'a dyn Fn(&str) -> HelperLogin>,
}

impl KnownMachine<'_> {
    /// Of a text alone, whose file may be another machine's: no more is known than the time. Most are Linux machines'.
    pub fn of_text(now: EpochSeconds) -> Self {
        Self {
            now,
            platform: OperatingSystem::Linux,
            is_installed: None,
            registries: &[],
            public_used_in: None,
            delegate: None,
            previous_store: None,
            login: None,
        }
    }
}

/// Whether the helper logs in to a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelperLogin {
    /// It does.
    Works,
    /// It was not asked, or did not say.
    Unknown,
    /// It has no credentials, and lets pulls go on without: ECR Public.
    Anonymous,
    /// It cannot.
    Fails(HelperFailure),
}

/// Why the helper cannot log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelperFailure {
    /// The root cause, where it says one.
    pub id: Option<DiagnosisId>,
    /// What it says is wrong.
    pub why: String,
    /// What it says to do.
    pub next: String,
}

impl KnownMachine<'_> {
    /// The name to set the helper up under; none where it is not there.
    pub(super) fn helper(&self) -> Option<&'static str> {
        match self.is_installed {
            None => Some(COMMON),
            Some(is_installed) => HELPERS.into_iter().find(|name| is_installed(name)),
        }
    }

    pub(super) fn login(&self, host: &str) -> HelperLogin {
        self.login.map_or(HelperLogin::Unknown, |login| login(host))
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
    /// Whether everything works without it, too.
    pub optional: bool,
}
