//! What somebody wants policies for.

use super::draft::Kind;
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
    pub kinds: Vec<Kind>,
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
