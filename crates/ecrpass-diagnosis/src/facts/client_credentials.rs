//! Facts of what a client sends: whose name, how long it is good, and what a helper says that gives nothing. The
//! password itself is no fact.

use ecrpass_clients::docker_config::is_altered;
use ecrpass_core::time::EpochSeconds;
use ecrpass_core::token::password_expiry;
use ecrpass_core::{DiagnosisId, Secret};
use ecrpass_credentials::refusal::HelperLine;
use serde::{Deserialize, Serialize};

use super::vocabulary::Username;
use super::word::Word;

/// The shortest password that ECR has ever issued is many times as long, in characters.
const SHORTEST: usize = 200;

/// What a client has to offer the registry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClientCredentials {
    /// The user name, `AWS` or `another name`; none when nothing is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<Word<Username>>,
    /// When the password expires, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<EpochSeconds>,
    /// Whether the password is shaped like one of ECR's.
    #[serde(default)]
    pub ecr_password: bool,
    /// Whether a line break, a space or the like is in the password, which ECR never puts there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub altered: bool,
    /// Why a helper gave none; what it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// The root cause it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_id: Option<Word<DiagnosisId>>,
}

impl ClientCredentials {
    /// What may be written down of a user name and its password.
    pub fn of(username: &str, password: &Secret) -> Self {
        let expires_at = password_expiry(password.expose());
        let is_aws = username == "AWS";
        Self {
            username: Some(if is_aws { Username::Aws } else { Username::Another }.into()),
            expires_at,
            altered: is_aws && is_altered(password.expose()),
            ecr_password: is_aws && password.expose().len() >= SHORTEST && expires_at.is_some(),
            failure: None,
            failure_id: None,
        }
    }

    /// A helper gave none and said this, in a line without secrets. Ours names the cause.
    pub fn refused(line: String) -> Self {
        let failure_id = HelperLine::read(&line).map(|ours| Word::read(ours.slug));
        Self { failure_id, failure: Some(line), ..Self::default() }
    }
}
