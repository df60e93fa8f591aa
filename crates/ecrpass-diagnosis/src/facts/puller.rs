//! Who pulls an image, and with which of a file's pull secrets.

use ecrpass_core::time::EpochSeconds;
use serde::{Deserialize, Serialize};

use super::vocabulary::{PullSecretState, PullerKind};
use super::word::Word;
use crate::location::Location;

/// Who pulls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImagePuller {
    /// `client`, `kubelet`, `ecs`, `lambda` or `app-runner`.
    pub kind: Word<PullerKind>,
    /// In a sentence.
    pub sentence: String,
    /// The role that pulls, where it is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Whether a role that must be there is missing.
    #[serde(default)]
    pub role_missing: bool,
    /// The pull secrets that are named for it and stand in the same file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pull_secrets: Vec<PullSecret>,
}

/// A pull secret of Kubernetes, as far as the image in question is concerned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PullSecret {
    /// Its name.
    pub name: String,
    /// Its namespace, where it is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Where its logins stand.
    pub at: Location,
    /// Whether it has a login for the image: `login`, `no-login` or `unreadable`.
    pub state: Word<PullSecretState>,
    /// When that login says it expires, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<EpochSeconds>,
    /// Why it is unreadable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}
