//! Credentials for a registry, and the header they go in.

use ecrpass_core::{AuthorizationToken, Secret};

/// Credentials for a registry.
pub struct Login {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: Secret,
}

impl Login {
    /// The value of `Authorization`.
    pub fn header(&self) -> Secret {
        basic(&AuthorizationToken::encode(&self.username, &self.password))
    }
}

/// The value of `Authorization` for what is encoded already, as docker's configuration keeps it.
pub fn basic(encoded: &Secret) -> Secret {
    Secret::new(format!("Basic {}", encoded.expose()))
}
