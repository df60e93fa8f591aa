//! Pull secrets of Kubernetes as they stand in a file: which registries they have a login for and when it expires, never
//! the login itself.

use ecrpass_core::time::EpochSeconds;
use serde::{Deserialize, Serialize};

use super::file_position::FilePosition;

/// A pull secret that stands in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PullSecret {
    /// Its name.
    pub name: String,
    /// Its namespace, if the file tells.
    pub namespace: Option<String>,
    /// Where its logins stand.
    pub place: FilePosition,
    /// What is in it.
    pub contents: SecretContents,
}

/// What is in a pull secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretContents {
    /// Logins.
    Logins(Vec<SecretLogin>),
    /// Nothing that the kubelet can read, which then looks for no other credentials either; why.
    Unreadable(String),
    /// Nothing that the kubelet looks at; why.
    PassedOver(String),
}

/// A login of a pull secret, without its password.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SecretLogin {
    /// The registry it is for, as it stands there.
    pub key: String,
    /// When its password says that it expires; `None` where it does not say.
    pub expires_at: Option<EpochSeconds>,
}
