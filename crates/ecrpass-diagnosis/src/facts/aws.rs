//! Facts of AWS: where credentials may come from, whose they are, and what AWS answered to them.

use ecrpass_core::DiagnosisId;
use ecrpass_core::time::EpochSeconds;
use ecrpass_credentials::aws_call::Exchange;
use ecrpass_credentials::credential_chain::SourceKind;
use ecrpass_credentials::refusal::{NextStep, Refusal};
use serde::{Deserialize, Deserializer, Serialize};

use super::seen::Seen;
use super::word::Word;

/// Credentials, and what AWS says to them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Aws {
    /// Every place credentials may come from, in ecrpass's order.
    #[serde(default)]
    pub places: Vec<CredentialPlace>,
    /// Why none of them can be used, whatever registry it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stops: Option<Refused>,
    /// The profile in force.
    #[serde(default)]
    pub profile: String,
    /// Whether ecrpass, the AWS CLI and Amazon's helper would use credentials of different places.
    #[serde(default)]
    pub tools_differ: bool,
    /// What looks like a mistake but does not decide.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// The web identity token's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_identity: Option<WebIdentity>,
    /// The instance metadata service, asked where it could matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
    /// The machine's clock against AWS's.
    #[serde(default)]
    pub clock: Seen<Clock>,
}

/// A place credentials may come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CredentialPlace {
    /// Its name: `environment`, `web-identity`, `profile`, `container`, `instance-metadata`.
    pub place: Word<SourceKind>,
    /// Whether something is there.
    pub found: bool,
    /// What, without secrets.
    pub detail: String,
    /// The file, and the line in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The account the key is likely of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// A call to AWS: what it gave, or why not; and every exchange it took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Call<T> {
    /// What it gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<T>,
    /// Why it gave nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// What went over the wire, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Exchange>,
    /// How long it took, in milliseconds.
    #[serde(default)]
    pub took_ms: u64,
}

/// Why there is no answer; see [`Refusal`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refused {
    /// The root cause's name; another word where it is no cause of a failing pull.
    pub id: Word<DiagnosisId>,
    /// What is wrong.
    pub what: String,
    /// What to do, in words.
    pub next: String,
    /// What to do, where it is more than words: rendered anew by whoever reads it. Of one that only a later version
    /// has, the words are left.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "known_step")]
    pub step: Option<NextStep>,
    /// Whether it may pass by itself.
    pub transient: bool,
}

impl From<&Refusal> for Refused {
    fn from(refusal: &Refusal) -> Self {
        let redact = |text: &str| ecrpass_core::redact::redact(text).into_owned();
        Self {
            id: refusal.id.into(),
            what: redact(&refusal.what),
            next: redact(&refusal.next.to_string()),
            step: Some(refusal.next.clone()).filter(|step| !matches!(step, NextStep::Words { .. })),
            transient: refusal.transient,
        }
    }
}

/// A step of this version, or none.
fn known_step<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NextStep>, D::Error> {
    struct Known(Option<NextStep>);
    impl<'de> Deserialize<'de> for Known {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            NextStep::known(deserializer).map(Self)
        }
    }
    Ok(Option::<Known>::deserialize(deserializer)?.and_then(|Known(step)| step))
}

/// Who somebody is to AWS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Identity {
    /// The account.
    pub account: String,
    /// The ARN.
    pub arn: String,
}

/// An authorization token that was issued; not the token itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Token {
    /// When it expires, by this machine's clock.
    pub expires_at: EpochSeconds,
    /// The registry it was issued for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_endpoint: Option<String>,
}

/// The machine's clock against AWS's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Clock {
    /// The machine's minus AWS's, in seconds.
    pub ahead: i64,
    /// Whose `Date` header it was.
    pub host: String,
}

/// The web identity token's file. The token itself is not a fact, its claims are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WebIdentity {
    /// The file.
    pub file: String,
    /// Why it cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// Who issued it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// For whom it is.
    #[serde(default)]
    pub audience: Vec<String>,
    /// Whom it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<EpochSeconds>,
}

/// The instance metadata service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Metadata {
    /// The address asked.
    pub endpoint: String,
    /// The status of the session token's request (version 2); none when nothing came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_2: Option<u16>,
    /// The status without a session token (version 1); none when nothing came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_1: Option<u16>,
    /// The instance's role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Why version 2 gave no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// How long the session token took, in milliseconds.
    #[serde(default)]
    pub took_ms: u64,
}

impl Metadata {
    /// Whether version 1 answers and version 2 does not: the answer to the session token's request does not travel so
    /// many hops.
    pub fn is_hop_limit(&self) -> bool {
        self.version_2.is_none() && self.version_1.is_some()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_later_versions_step_the_words_are_left() {
        let refused = |step: serde_json::Value| {
            let value = json!({"id": "throttled", "what": "w", "next": "n", "step": step, "transient": true});
            serde_json::from_value::<Refused>(value)
        };
        let known = refused(json!({"do": "resolve", "host": "h"})).unwrap();
        assert_eq!(known.step, Some(NextStep::Resolve { host: "h".to_owned() }));
        let later = refused(json!({"do": "dance", "with": ["whom", 7]})).unwrap();
        assert_eq!((later.step, later.next.as_str()), (None, "n"));
        assert_eq!(refused(serde_json::Value::Null).unwrap().step, None);
        assert!(refused(json!({"do": "resolve"})).is_err());
    }
}
