//! Facts of one registry or image: which credentials the client sends, what the network path there is like, and what it answers.

use ecrpass_clients::client::{self, Resolution, Supplier};
use ecrpass_core::Registry;
use ecrpass_core::time::EpochSeconds;
use ecrpass_credentials::aws_call::NetworkFailure;
use serde::{Deserialize, Serialize};

use super::attached::AttachedPolicies;
use super::aws::{Call, Identity, Refused, Token};
use super::client_credentials::ClientCredentials;
use super::seen::Seen;
use super::vocabulary::{PermissionSource, PullSecretState, PullerKind};
use super::word::Word;
use crate::finding::{Details, keep};
use crate::location::Location;

/// A registry or an image in question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Subject {
    /// What was asked about, as it was written.
    pub name: String,
    /// The registry's host.
    pub host: String,
    /// What is wrong with the name itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub malformed: Option<Refused>,
    /// The repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The tag or digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The file it stands in, with line and column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Location>,
    /// Who really pulls there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub puller: Option<ImagePuller>,
    /// Where this client's credentials come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Resolved>,
    /// The helper the client's configuration names for this host, installed or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helper_named: Option<String>,
    /// What docker would have, where the question is about another client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docker_outcome: Option<Word<Supplier>>,
    /// The credentials themselves: whether there were any.
    #[serde(default)]
    pub offered: Seen<ClientCredentials>,
    /// The AWS credentials used for this registry, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<String>,
    /// Who they are, as STS says.
    #[serde(default)]
    pub identity: Seen<Call<Identity>>,
    /// What ECR's API says to a request for a token.
    #[serde(default)]
    pub token: Seen<Call<Token>>,
    /// The network paths: to the API, to the registry, to the layers.
    #[serde(default)]
    pub network: Vec<NetworkPath>,
    /// Whether manifest, layer and upload were asked for with a token of ecrpass's own, because the client's credentials
    /// are no good or not to be had.
    #[serde(default)]
    pub own_token: bool,
    /// `GET /v2/` with the client's credentials.
    #[serde(default)]
    pub login: Seen<RegistryResponse>,
    /// The same, asked by the docker daemon.
    #[serde(default)]
    pub daemon_login: Seen<RegistryResponse>,
    /// The manifest, with the client's credentials.
    #[serde(default)]
    pub manifest: Seen<RegistryResponse>,
    /// The manifest, asked by the docker daemon.
    #[serde(default)]
    pub daemon_manifest: Seen<RegistryResponse>,
    /// The platforms the image is there for.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// The platform it is to run on.
    #[serde(default)]
    pub platform: String,
    /// One byte of a layer.
    #[serde(default)]
    pub layer: Seen<RegistryResponse>,
    /// The beginning of an upload, which is not carried on.
    #[serde(default)]
    pub upload: Seen<RegistryResponse>,
    /// Whether the docker daemon has the image that is to be pushed.
    #[serde(default)]
    pub local_image: Seen<bool>,
    /// The repository, as the API tells.
    #[serde(default)]
    pub repository_facts: Seen<Call<Repository>>,
    /// What may be done there.
    #[serde(default)]
    pub permissions: Vec<Permission>,
    /// The policies behind a denial, where one was seen and they may be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attached: Option<AttachedPolicies>,
    /// Whether the account of the credentials has a repository of that name, where the registry is another's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also_in_own_account: Option<bool>,
    /// The other regions that are configured here in which the registry's account has a repository of that name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_in_regions: Vec<String>,
    /// The profiles configured here whose credentials are of the registry's account, where those in use are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles_of_account: Vec<String>,
}

impl Subject {
    /// The image as it stands in a command, as far as it is known.
    pub fn image(&self) -> String {
        let host = &self.host;
        match (&self.repository, &self.tag) {
            (Some(repository), Some(tag)) if tag.contains(':') => format!("{host}/{repository}@{tag}"),
            (Some(repository), Some(tag)) => format!("{host}/{repository}:{tag}"),
            (Some(repository), None) => format!("{host}/{repository}"),
            _ => host.clone(),
        }
    }
}

/// What a subject says of the case, to fill into the remedies.
impl From<&Subject> for Details {
    fn from(subject: &Subject) -> Self {
        let mut details = Self::default();
        if let Ok(registry) = Registry::parse(&subject.host) {
            keep(&mut details.host, registry.host());
            keep(&mut details.region, registry.region());
            keep(&mut details.account, registry.account().unwrap_or_default());
            keep(&mut details.repository, subject.repository.as_deref().unwrap_or_default());
            keep(&mut details.tag, subject.tag.as_deref().unwrap_or_default());
        }
        let secrets =
            subject.puller.as_ref().map(|puller| puller.pull_secrets.as_slice()).unwrap_or_default();
        if let [secret] = secrets {
            keep(&mut details.secret, &secret.name);
            keep(&mut details.namespace, secret.namespace.as_deref().unwrap_or_default());
        }
        details
    }
}

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

/// Where a client's credentials come from; see `ecrpass resolve`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Resolved {
    /// `helper`, `store`, `auths`, `environment`, `anonymous` or `error`.
    pub outcome: Word<Supplier>,
    /// The helper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helper: Option<String>,
    /// The file, with line and column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Location>,
    /// Whether they are sent in some runs and not in others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_chance: bool,
    /// In a sentence.
    pub summary: String,
    /// The way there.
    #[serde(default)]
    pub steps: Vec<ResolutionStep>,
}

impl From<&Resolution> for Resolved {
    fn from(resolution: &Resolution) -> Self {
        let at = resolution.file.as_ref().map(|file| {
            let file = file.display().to_string();
            match resolution.place {
                Some(place) => Location::new(file, place.line, place.column),
                None => Location::file(file),
            }
        });
        let step = |step: &client::ResolutionStep| ResolutionStep {
            step: step.step.clone(),
            found: step.found,
            detail: step.detail.clone(),
        };
        Self {
            outcome: resolution.outcome.into(),
            helper: resolution.helper.clone(),
            at,
            by_chance: resolution.by_chance,
            summary: resolution.summary.clone(),
            steps: resolution.steps.iter().map(step).collect(),
        }
    }
}

/// A step of a resolution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResolutionStep {
    /// Where was looked.
    pub step: String,
    /// Whether something was there.
    pub found: bool,
    /// What.
    pub detail: String,
}

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
