//! Which registry a request is for.

use crate::storage::repositories::RegistryId;

/// Which registry a request is for, by its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Front {
    Private { account: String, region: String },
    Public,
}

impl Front {
    pub(crate) fn id(&self) -> RegistryId {
        match self {
            Self::Private { account, region } => {
                RegistryId::Private { account: account.clone(), region: region.clone() }
            }
            Self::Public => RegistryId::Public,
        }
    }

    /// What the call log calls it.
    pub(crate) fn service(&self) -> &'static str {
        match self {
            Self::Private { .. } => "registry",
            Self::Public => "public-registry",
        }
    }
}
