//! What is asked of whom: a registry, and the credentials to ask with.

use std::time::Duration;

use ecrpass_core::Registry;
use ecrpass_credentials::credential_chain::{Selection, Surroundings};

/// What is asked of whom.
pub struct TokenRequest<'a> {
    /// The registry.
    pub registry: &'a Registry,
    /// With which credentials.
    pub selection: &'a Selection,
    /// What the selection was made from.
    pub surroundings: &'a Surroundings<'a>,
    /// The time that all of it may take.
    pub deadline: Duration,
}
