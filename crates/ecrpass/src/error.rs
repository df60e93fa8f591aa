//! What can end a command early, and the exit status it ends with.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::ExitCode;

use docker_credential_ecr_login::Refusal;
use ecrpass_clients::client::{Obstacle, ReadFailure};

use crate::render::ui::Ui;

/// Why a command ends without success.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The token, or something else asked for, was refused: exit status 1.
    #[error("{0}")]
    Refused(Refusal),
    /// AWS could not be asked, or gave no answer: exit status 3.
    #[error("{0}")]
    Unanswered(Refusal),
    /// What was run found problems and has reported them: exit status 1.
    #[error("{what} Next: {next}")]
    Problems {
        /// What happened.
        what: String,
        /// What to do about it.
        next: String,
    },
    /// What was asked for cannot be meant: exit status 2.
    #[error("{what} Next: {next}")]
    Usage {
        /// What is wrong with it.
        what: String,
        /// What to write.
        next: String,
    },
    /// A file has to be corrected by hand first: exit status 3.
    #[error("{what} Next: {next}")]
    Invalid {
        /// What is wrong, and where.
        what: String,
        /// The line in question, marked.
        excerpt: String,
        /// What to do about it.
        next: String,
    },
    /// It could not be run at all: exit status 3.
    #[error("{what} Next: {next}")]
    CouldNotRun {
        /// What happened.
        what: String,
        /// What to do about it.
        next: String,
        /// What failed below.
        source: Option<Box<dyn Error + Send + Sync>>,
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
        Self::CouldNotRun { what: what.into(), next: next.into(), source: None }
    }

    /// The command line asks for what cannot be.
    pub fn usage(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::Usage { what: what.into(), next: next.into() }
    }

    /// What was run found problems.
    pub fn problems(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::Problems { what: what.into(), next: next.into() }
    }

    /// It could not be run because of a file: what is done about that depends on the error; `otherwise` is for those
    /// that say nothing of it.
    pub fn io(what: &str, error: io::Error, otherwise: impl Into<String>) -> Self {
        let next = advice(&error).map_or_else(|| otherwise.into(), str::to_owned);
        Self::CouldNotRun { what: format!("{what}: {error}."), next, source: Some(Box::new(error)) }
    }

    /// It could not be run because a file cannot be read; `otherwise` is for reasons that depend on what file it is.
    pub fn unreadable(path: &Path, why: &ReadFailure, otherwise: impl Into<String>) -> Self {
        let next = match why.obstacle {
            Obstacle::NotADirectory | Obstacle::LinkLoop => "check the path".to_owned(),
            Obstacle::NotText => "write it in UTF-8".to_owned(),
            // No client has such a limit: what is in the way is ours.
            Obstacle::TooLarge => "ecrpass reads no larger file: change it by hand".to_owned(),
            Obstacle::NotAFile => "put a file there, or name another one".to_owned(),
            Obstacle::PermissionDenied | Obstacle::Other => otherwise.into(),
        };
        Self::could_not_run(format!("{} cannot be read: {why}.", path.display()), next)
    }

    /// Says what happened and turns into the exit status.
    pub fn report(self, ui: &mut Ui) -> ExitCode {
        self.say(ui);
        ExitCode::from(match &self {
            Self::BrokenPipe => 0,
            Self::Found | Self::Refused(_) | Self::Problems { .. } => 1,
            Self::Usage { .. } => 2,
            Self::Unanswered(_) | Self::CouldNotRun { .. } | Self::Invalid { .. } => 3,
        })
    }

    /// Says what happened.
    pub fn say(&self, ui: &mut Ui) {
        match self {
            Self::BrokenPipe | Self::Found => {}
            Self::Refused(refusal) | Self::Unanswered(refusal) => ui.error(&refusal.to_string(), [""; 0]),
            Self::Problems { what, next }
            | Self::Usage { what, next }
            | Self::CouldNotRun { what, next, .. } => {
                ui.error(what, [format!("  Next: {next}")]);
            }
            Self::Invalid { what, excerpt, next } => {
                let excerpt = excerpt.lines().map(str::to_owned);
                ui.error(what, excerpt.chain([format!("  Next: {next}")]));
            }
        }
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        if ecrpass_system::is_closed_pipe(&error) {
            return Self::BrokenPipe;
        }
        let next = advice(&error).unwrap_or("try again; if it fails again, report it with these lines");
        Self::CouldNotRun { what: error.to_string(), next: next.to_owned(), source: Some(Box::new(error)) }
    }
}

/// What to do about an error of the system's, where it says enough.
fn advice(error: &io::Error) -> Option<&'static str> {
    if ecrpass_system::is_over_limit(error) {
        return Some("allow larger files (ulimit -f unlimited), then try again");
    }
    Some(match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => "check the path",
        ErrorKind::PermissionDenied => "check who owns it and its directory, and who may use them",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free disk space, then try again",
        ErrorKind::ReadOnlyFilesystem => {
            "it is mounted read-only: choose another place, or change it where it comes from"
        }
        ErrorKind::IsADirectory => "name a file in it",
        ErrorKind::InvalidData => "name a file in UTF-8",
        _ => return None,
    })
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_fits_the_kind_of_error_and_its_cause_is_kept() {
        let full = CommandError::from(io::Error::from(ErrorKind::StorageFull));
        assert!(full.to_string().ends_with("Next: free disk space, then try again"), "{full}");
        let denied = CommandError::io("x cannot be read", ErrorKind::PermissionDenied.into(), "give up");
        assert!(denied.to_string().contains("who may use them"), "{denied}");
        let cause = denied.source().and_then(|cause| cause.downcast_ref::<io::Error>());
        assert_eq!(cause.map(io::Error::kind), Some(ErrorKind::PermissionDenied));
        let odd = CommandError::io("x cannot be read", ErrorKind::ConnectionReset.into(), "look at x");
        assert!(odd.to_string().ends_with("Next: look at x"), "{odd}");
        assert!(matches!(
            CommandError::from(io::Error::from(ErrorKind::BrokenPipe)),
            CommandError::BrokenPipe
        ));
    }
}
