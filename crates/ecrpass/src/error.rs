//! What can end a command early, and the exit status it ends with.

use std::io;
use std::process::ExitCode;

use docker_credential_ecr_login::Refusal;

use crate::render::ui::Ui;

/// Why a command ends without success.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The token, or something else asked for, was refused: exit status 1.
    #[error("{0}")]
    Refused(Refusal),
    /// What was run found problems and has reported them: exit status 1.
    #[error("{0}")]
    Problems(String),
    /// It could not be run at all: exit status 3.
    #[error("{what}\n  Next: {next}")]
    CouldNotRun {
        /// What happened.
        what: String,
        /// What to do about it.
        next: String,
    },
    /// What was found is the result, and has been printed: exit status 1.
    #[error("problems were found")]
    Found,
    /// Nobody reads on: success.
    #[error("the output was closed")]
    BrokenPipe,
}

impl CommandError {
    /// It could not be run.
    pub fn could_not_run(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::CouldNotRun { what: what.into(), next: next.into() }
    }

    /// Says what happened and turns into the exit status.
    pub fn report(self, ui: &mut Ui) -> ExitCode {
        let code = match &self {
            Self::BrokenPipe => return ExitCode::SUCCESS,
            Self::Found => return ExitCode::from(1),
            Self::Refused(_) | Self::Problems(_) => 1,
            Self::CouldNotRun { .. } => 3,
        };
        ui.error(&self.to_string());
        ExitCode::from(code)
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::BrokenPipe;
        }
        Self::could_not_run(error.to_string(), "free disk space, check permissions, then try again")
    }
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
