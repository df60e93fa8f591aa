//! A registry or an image in question: all that was seen of it.

use ecrpass_clients::client::Supplier;
use ecrpass_core::Registry;
use serde::{Deserialize, Serialize};

use super::attached::AttachedPolicies;
use super::aws::{Call, Identity, Refused, Token};
use super::client_credentials::ClientCredentials;
use super::puller::ImagePuller;
use super::registry::{NetworkPath, Permission, RegistryResponse, Repository};
use super::resolved::Resolved;
use super::seen::Seen;
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

    /// All that the registry answered, to the client and to the docker daemon.
    pub fn answers_mut(&mut self) -> [&mut Seen<RegistryResponse>; 6] {
        [
            &mut self.login,
            &mut self.daemon_login,
            &mut self.manifest,
            &mut self.daemon_manifest,
            &mut self.layer,
            &mut self.upload,
        ]
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
