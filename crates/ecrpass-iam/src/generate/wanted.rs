//! What somebody wants policies for.

use super::target::Target;
use super::trust::place::Trusted;
use crate::task::Task;

/// What policies are wanted for. Nothing here has been checked yet.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// What is to be done.
    pub tasks: Vec<Task>,
    /// Single actions beside those of the tasks.
    pub actions: Vec<String>,
    /// On which repositories.
    pub targets: Vec<Target>,
    /// Which documents; none for those that it takes.
    pub kinds: Vec<For>,
    /// The account of whoever does it; without, the principals' or the repositories'.
    pub account: Option<String>,
    /// Who does it: ARNs, accounts, services.
    pub principals: Vec<String>,
    /// The organization whose members may do it: `o-…`.
    pub organization: Option<String>,
    /// The Lambda function that alone may pull.
    pub function: Option<String>,
    /// The KMS key of repositories that are created.
    pub key: Option<String>,
    /// The role that may be named in creation templates.
    pub passed_role: Option<String>,
    /// Who may use the role.
    pub trust: Option<Trusted>,
}

/// What documents hang on, as people choose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// A role.
    Role,
    /// A user.
    User,
    /// A permissions boundary.
    Boundary,
    /// A session.
    Session,
    /// A repository.
    Repository,
    /// A registry.
    Registry,
    /// The VPC endpoints.
    Endpoint,
    /// A role's trust policy.
    Trust,
}

impl For {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Role,
        Self::User,
        Self::Boundary,
        Self::Session,
        Self::Repository,
        Self::Registry,
        Self::Endpoint,
        Self::Trust,
    ];

    /// Its name on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Repository => "repository",
            Self::Registry => "registry",
            Self::Endpoint => "endpoint",
            Self::Trust => "trust",
        }
    }
}
