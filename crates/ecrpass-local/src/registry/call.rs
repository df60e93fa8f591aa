//! One call on a repository, and whose it is: what the handlers of every operation are given.

use std::sync::Arc;

use crate::principals::Principal;
use crate::state::State;
use crate::storage::repositories::{RegistryId, Repository};

/// Somebody's way into one registry.
pub(crate) struct Access {
    pub(crate) registry: RegistryId,
    /// `None` for an anonymous pull from ECR Public.
    pub(crate) principal: Option<Arc<Principal>>,
}

/// One authorized call on one repository.
pub(super) struct Call<'a> {
    pub(super) state: &'a State,
    pub(super) access: &'a Access,
    pub(super) repository: &'a Repository,
}

impl Call<'_> {
    pub(super) fn registry(&self) -> &RegistryId {
        &self.access.registry
    }

    pub(super) fn name(&self) -> &str {
        &self.repository.name
    }

    /// The key of uploads: one repository's are not another's.
    pub(super) fn upload_key(&self) -> String {
        format!("{}/{}", self.registry().id(), self.name())
    }
}
