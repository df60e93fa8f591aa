//! What stands around the built-in account: its organization's policies and its VPC endpoints. They can be read, and are
//! not enforced.

use std::sync::PoisonError;

use crate::server::LocalEcr;
use crate::vpc_endpoint::VpcEndpoint;

impl LocalEcr {
    /// Puts the built-in account into an organization with these control policies by level, from the root to the account: of
    /// each its kind (`SERVICE_CONTROL_POLICY`), name and text.
    pub fn set_organization(&self, levels: Vec<Vec<(String, String, String)>>) {
        *self.state.organization.lock().unwrap_or_else(PoisonError::into_inner) = levels;
    }

    /// Gives the built-in account these VPC endpoints.
    pub fn set_vpc_endpoints(&self, endpoints: Vec<VpcEndpoint>) {
        *self.state.vpc_endpoints.lock().unwrap_or_else(PoisonError::into_inner) = endpoints;
    }
}
