//! What the engine asks for, and what comes of it.

use ecrpass_core::time::EpochSeconds;
use k8s_openapi::api::core::v1::{Secret, ServiceAccount};

use crate::names::Name;
use crate::secret::{Obstacle, Want};
use crate::settings::Position;

/// An object that the operator may change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// Its namespace.
    pub namespace: Name,
    /// Which it is there.
    pub object: Object,
}

/// An object in a namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// A service account.
    Account(Name),
    /// A pull secret, by its number.
    Secret(usize),
}

/// What is to be done to an object.
#[derive(Clone, Debug)]
pub enum Job {
    /// A secret is created or brought up to date.
    Ensure(Want),
    /// What is ours of a secret goes.
    Remove {
        /// Its namespace.
        namespace: Name,
        /// Its name.
        name: Name,
        /// Whose it has to be.
        owner: Name,
    },
    /// A service account's list is changed.
    Account {
        /// Its namespace.
        namespace: Name,
        /// Its name.
        name: Name,
        /// The change.
        change: AccountChange,
    },
}

/// A change of a service account's list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// Whose entries these are.
    pub owner: Name,
    /// Names to be put in, and where.
    pub add: Vec<(Name, Position)>,
    /// Names to be taken out, if we put them there.
    pub remove: Vec<Name>,
}

/// Something to be done outside.
#[derive(Debug)]
pub enum Request {
    /// AWS is asked for the token of that number.
    Token(usize),
    /// An object is changed.
    Job(Target, Job),
}

/// What came of a job.
#[derive(Debug)]
pub enum Outcome {
    /// The secret was created; this is it.
    Created(Box<Secret>),
    /// The secret was updated, or stripped.
    Updated(Box<Secret>),
    /// It was as it should be.
    Unchanged(Option<Box<Secret>>),
    /// There was nothing alive to write.
    Nothing,
    /// The secret was deleted, or was not there.
    Deleted,
    /// The secret is not to be written.
    Blocked(Obstacle, Box<Secret>),
    /// The account was changed, or was as it should be.
    Account(Box<ServiceAccount>, bool),
    /// The account or the namespace is not there, or is going.
    Gone,
    /// It failed.
    Failed(Failure),
}

/// Why something in the cluster failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The cause.
    pub cause: Cause,
    /// The words of the server or the system.
    pub text: String,
}

/// The causes that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A right is missing.
    Forbidden,
    /// The API server does not answer, or asks to wait.
    Unreachable,
    /// Others changed it at the same time, again and again.
    Conflict,
    /// The API server does not take it.
    Rejected,
}

impl Cause {
    /// For metrics and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::Unreachable => "unreachable",
            Self::Conflict => "conflict",
            Self::Rejected => "rejected",
        }
    }
}

/// Something worth saying: a line of the log, and an event on an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Whether somebody should look.
    pub warning: bool,
    /// What it is, as events name it.
    pub reason: &'static str,
    /// The object it is about; none for the operator itself.
    pub about: Option<About>,
    /// A sentence.
    pub text: String,
    /// When.
    pub at: EpochSeconds,
}

/// An object as an event names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// `Secret`, `ServiceAccount` or `Namespace`.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: Name,
    /// Its name.
    pub name: Name,
    /// Which object of that name.
    pub uid: String,
}
