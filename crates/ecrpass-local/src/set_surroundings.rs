//! Puts something around the built-in account.

use std::sync::{MutexGuard, PoisonError};

use crate::server::LocalEcr;
use crate::surroundings::{Surroundings, VpcEndpoint};

impl LocalEcr {
    /// Puts the built-in account into an organization with these control policies by level, from the root to the account: of
    /// each its kind (`SERVICE_CONTROL_POLICY`), name and text.
    pub fn set_organization(&self, levels: Vec<Vec<(String, String, String)>>) {
        self.surroundings().organization = levels;
    }

    /// Gives the built-in account these VPC endpoints.
    pub fn set_vpc_endpoints(&self, endpoints: Vec<VpcEndpoint>) {
        self.surroundings().vpc_endpoints = endpoints;
    }

    fn surroundings(&self) -> MutexGuard<'_, Surroundings> {
        self.state.surroundings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
