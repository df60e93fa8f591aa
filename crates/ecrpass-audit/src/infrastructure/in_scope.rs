//! A file of infrastructure code together with what its names stand for: what most of this folder looks at.

use super::policies::AttachedPolicy;
use super::scope::Scope;
use super::stack::Stack;

/// A file of infrastructure code with what its names stand for.
#[derive(Clone, Copy, Debug)]
pub struct InScope<'a> {
    /// The file.
    pub stack: &'a Stack,
    /// The names.
    pub scope: Scope<'a>,
    /// AWS's own policies that are attached in its scope.
    pub attached: &'a [AttachedPolicy],
}
