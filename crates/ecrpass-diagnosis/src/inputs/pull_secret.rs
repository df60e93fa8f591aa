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
    /// All logins in it, also those that the kubelet does not come to: whoever replaces it loses them.
    #[serde(default)]
    pub entries: Vec<SecretLogin>,
    /// Whether it has other fields than that of the logins.
    #[serde(default)]
    pub has_more: bool,
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
    /// Why ECR takes it from nobody, where that can be seen.
    #[serde(default)]
    pub trouble: Option<LoginTrouble>,
}

/// What keeps ECR from taking a login, whenever it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginTrouble {
    /// Its user is the id of an access key.
    AccessKey,
    /// Its user is another one than `AWS`.
    OtherUser,
    /// In its password is a space or a line break.
    Altered,
    /// It cannot be decoded.
    Undecodable,
}
