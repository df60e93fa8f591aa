//! What is stored, for tests that look at it without asking the API.

use std::io;

use crate::server::{LocalEcr, registry};

impl LocalEcr {
    /// A repository of the built-in account and region as it is stored, as JSON; none where there is none.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn stored_repository(&self, name: &str) -> io::Result<Option<String>> {
        let registry = registry(self.account(), self.region());
        let found = self.state.repositories.repository(&registry, name)?;
        found.map(|repository| serde_json::to_string(&repository).map_err(io::Error::other)).transpose()
    }

    /// What the registry of the built-in account and region is set to, as JSON.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn stored_registry(&self) -> io::Result<String> {
        let registry = registry(self.account(), self.region());
        let settings = self.state.repositories.registry_settings(&registry)?;
        serde_json::to_string(&settings).map_err(io::Error::other)
    }
}
