//! podman's `registries.conf`, as far as it names credential helpers. Source: containers/image
//! `docs/containers-registries.conf.5.md`.

use serde::Deserialize;

/// The word in `credential-helpers` that stands for the authentication files.
pub const AUTH_FILES: &str = "containers-auth.json";

#[derive(Default, Deserialize)]
struct RegistriesConf {
    #[serde(default, rename = "credential-helpers")]
    credential_helpers: Vec<String>,
}

/// `credential-helpers`, in their order; none where the text is damaged.
pub fn credential_helpers(text: &str) -> Vec<String> {
    toml::from_str::<RegistriesConf>(text).unwrap_or_default().credential_helpers
}
