//! What an instance, a task or a pod asks for its credentials.

pub(crate) mod container;
pub(crate) mod imds;
pub(crate) mod roles;
mod session;
