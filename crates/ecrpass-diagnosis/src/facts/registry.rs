//! What a registry answers, what the network path there is like, and what may be done there.

use ecrpass_credentials::aws_call::NetworkFailure;
use serde::{Deserialize, Serialize};

use super::seen::Seen;
use super::vocabulary::PermissionSource;
use super::word::Word;

/// Where a network path leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Destination {
    /// To the API that issues tokens.
    Api,
    /// To the registry, for manifests.
    Registry,
    /// To S3, for layers.
    Layers,
}

/// The network path to a host, one thing after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NetworkPath {
    /// Where it leads.
    #[serde(rename = "leg")]
    pub destination: Destination,
    /// Host, and port where it is not 443.
    pub host: String,
    /// What the name resolved to.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// Whether all of these are private, as an interface endpoint's are.
    #[serde(default)]
    pub private: bool,
    /// The proxy it goes through, without password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// How long the connection took, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected_ms: Option<u64>,
    /// The status of the first answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What the answer's `Server` header says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// What failed, and the system's words for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// How long it took in all, in milliseconds.
    #[serde(default)]
    pub took_ms: u64,
}

/// How a connection failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Failure {
    /// What kind of failure it was.
    pub kind: NetworkFailure,
    /// The system's words for it.
    pub words: String,
}

/// What a registry, or the daemon for it, answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegistryResponse {
    /// The status; 0 when nothing came back.
    pub status: u16,
    /// The registry's code, such as `NAME_UNKNOWN`, or S3's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its words, without secrets.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The digest of what was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// How the connection failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<NetworkFailure>,
    /// Whether it is no answer of a registry or of S3, whatever its status: the page of a proxy or a captive portal.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub foreign: bool,
}

impl RegistryResponse {
    /// Whether it is a success, and came as a whole.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status) && !self.foreign && self.failure.is_none()
    }

    /// Whether it began to come, and then broke off: the way to whoever answers is open.
    pub fn is_cut_off(&self) -> bool {
        self.status != 0 && self.failure == Some(NetworkFailure::Broken)
    }

    /// Whether the server failed by itself. S3 says with one of these that there were too many requests.
    pub fn is_failure_of_server(&self) -> bool {
        self.status >= 500 && !self.is_throttled()
    }

    /// Whether there were too many requests.
    pub fn is_throttled(&self) -> bool {
        self.status == 429 || self.code.as_deref() == Some("SlowDown")
    }
}

impl Seen<RegistryResponse> {
    /// Whether there was an answer, and it is a success.
    pub fn is_success(&self) -> bool {
        self.known().is_some_and(RegistryResponse::is_success)
    }
}

/// A repository, as the API tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Repository {
    /// Whether tags cannot be moved.
    pub immutable: bool,
    /// Its policy, `None` when it has none.
    #[serde(default)]
    pub policy: Seen<Option<String>>,
}

/// Whether an action is allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Permission {
    /// The action.
    pub action: String,
    /// What was found out.
    pub verdict: Verdict,
    /// How: `probe` or `simulation`.
    pub by: Word<PermissionSource>,
    /// What AWS said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// What is known of a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is allowed.
    Allowed,
    /// It is not.
    Denied,
    /// It could not be found out, or an older ecrpass does not know the word.
    #[serde(other)]
    Unknown,
}
