//! Why a registry's answer is not what was asked for.

use std::error::Error;

use ecrpass_credentials::aws_call::NetworkFailure;

use crate::refusal::Refusal;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub struct NetworkError {
    /// What kind of failure it is.
    pub kind: NetworkFailure,
    /// The system's words for it, without secrets.
    pub words: String,
    /// What failed below.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl NetworkError {
    /// A failure that was seen here, below which there is none.
    pub fn new(kind: NetworkFailure, words: impl Into<String>) -> Self {
        Self { kind, words: words.into(), source: None }
    }
}

/// Why a request to a registry failed.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// It answered, and refused.
    #[error("{} {}", .0.status, .0.message)]
    Refused(Refusal),
    /// It did not answer.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// It answered, and the answer broke off: the way to it is open.
    #[error("the answer was cut off: {why}")]
    CutOff {
        /// The status it answered with.
        status: u16,
        /// How it broke off.
        why: NetworkError,
    },
    /// It answered with more than such an answer ever is; the rest was not read.
    #[error("the answer is larger than 4 MiB, which none of a registry's is")]
    TooLarge {
        /// The status it answered with.
        status: u16,
    },
    /// It wants the credentials to be sent to somebody else.
    #[error(
        "the registry asks for its credentials to be sent to {realm}, which is another server; they were not sent"
    )]
    ForeignRealm {
        /// The server that would have got them, without path.
        realm: String,
    },
    /// It sends us to an address that only this machine can reach, or where anybody can read along.
    #[error("the registry redirects to {target}, which is not followed: {why}")]
    ForbiddenTarget {
        /// Where it sent us, without path.
        target: String,
        /// What speaks against it.
        why: &'static str,
    },
    /// What gives tokens answered without one.
    #[error("the registry gave no token")]
    NoToken {
        /// The status it answered with.
        status: u16,
    },
}

impl RegistryError {
    /// The refusal, if it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}
