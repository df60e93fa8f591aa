//! Facts: what was seen of a machine, of AWS and of a registry, each with where it was seen.
//!
//! `ecrpass doctor` collects them, this crate infers from them, and a bundle of them (`doctor --record`) says the same
//! anywhere else. No secret is a fact: passwords, keys and tokens are used while collecting and not written down.

mod aws;
mod client_credentials;
mod machine;
mod named;
mod registry;
mod seen;
mod vocabulary;
mod word;

pub use aws::{Aws, Call, Clock, CredentialPlace, Identity, Metadata, Refused, Token, WebIdentity};
pub use client_credentials::ClientCredentials;
use ecrpass_clients::client::{Client, Operation};
use ecrpass_core::time::EpochSeconds;
use ecrpass_core::visible::{visible, visible_json};
pub use machine::{ConfigProblem, Configuration, Daemon, Installed, MachineFacts, Program, Variable};
pub use named::NoSubject;
pub use registry::{
    Destination, Failure, NetworkPath, Origin, Permission, RegistryResponse, Repository, ResolutionStep,
    Resolved, Subject, Verdict,
};
pub use seen::Seen;
use serde::{Deserialize, Serialize};
use serde_json::Value;
pub use vocabulary::{PermissionSource, PullerKind, Username};
pub use word::{Vocabulary, Word};

use crate::finding::Finding;

/// The name of the bundle's format.
pub const SCHEMA: &str = "ecrpass/bundle/1";

/// All that one run of `doctor` has seen: complete, redacted, and enough to say the same again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Bundle {
    /// The format: `ecrpass/bundle/1`.
    pub schema: String,
    /// The version of ecrpass that collected it.
    pub ecrpass: String,
    /// When, by the machine's clock, in seconds since 1970.
    pub collected_at: EpochSeconds,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// How long it might have taken, in milliseconds.
    pub deadline_ms: u64,
    /// What was asked.
    pub question: Question,
    /// The machine.
    pub machine: MachineFacts,
    /// AWS credentials, and what AWS says to them.
    pub aws: Aws,
    /// The registries and images in question.
    pub subjects: Vec<Subject>,
    /// What a log said beforehand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<Finding>,
}

/// What was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Question {
    /// `pull` or `push`.
    pub operation: Word<Operation>,
    /// The client's name, as `ecrpass resolve` knows it.
    pub client: Word<Client>,
    /// Its version, when it is installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_version: Option<String>,
    /// Whether nobody was asked over the network.
    #[serde(default)]
    pub offline: bool,
    /// The role to diagnose as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_role: Option<String>,
    /// The platform the image is to run on, where it was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}

impl Question {
    /// Whether it is about a push.
    pub fn pushes(&self) -> bool {
        self.operation == Operation::Push
    }
}

/// Why a text is no bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Not JSON, or not of this shape.
    #[error("line {line}, column {column}: {what}")]
    Shape {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong.
        what: String,
    },
    /// JSON of another kind.
    #[error("it is not a bundle of `ecrpass doctor --record`: its `schema` is {0}, not `{SCHEMA}`")]
    Schema(String),
}

impl Bundle {
    /// Reads a bundle.
    ///
    /// # Errors
    /// [`BundleError`], with the place in the text.
    pub fn parse(text: &str) -> Result<Self, BundleError> {
        let shape = |error: serde_json::Error| BundleError::Shape {
            line: error.line(),
            column: error.column(),
            // A message may quote what stands there.
            what: visible(&ecrpass_core::redact::redact(&without_place(&error.to_string()))).into_owned(),
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut value: Value = serde_json::from_str(text).map_err(shape)?;
        match value.get("schema").map(|schema| schema.as_str()) {
            Some(Some(SCHEMA)) => {}
            Some(other) => {
                let other = other.unwrap_or("no text");
                return Err(BundleError::Schema(format!(
                    "`{}`",
                    visible(&ecrpass_core::redact::redact(other))
                )));
            }
            None => return Err(BundleError::Schema("missing".to_owned())),
        }
        // For the place of what is wrong.
        let _: Self = serde_json::from_str(text).map_err(shape)?;
        visible_json(&mut value);
        serde_json::from_value(value).map_err(shape)
    }

    /// The same bundle as it will be read again: every text in it can be seen and stands in one line.
    ///
    /// # Errors
    /// [`BundleError`] when something in it cannot be written.
    pub fn settled(&self) -> Result<Self, BundleError> {
        let text = serde_json::to_string(self).map_err(|error| BundleError::Schema(error.to_string()))?;
        Self::parse(&text)
    }

    /// Whether a text looks like a bundle, right or not.
    pub fn is_likely(text: &str) -> bool {
        let start: String = text.chars().filter(|c| !c.is_whitespace()).take(40).collect();
        start.trim_start_matches('\u{feff}').starts_with("{\"schema\":\"ecrpass/bundle/")
    }
}

/// serde's message without its own `at line … column …`.
fn without_place(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(what, _)| what).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_bundle_is_told_with_its_place() {
        let error = |text: &str| Bundle::parse(text).unwrap_err().to_string();
        assert_eq!(error("{"), "line 1, column 1: EOF while parsing an object");
        assert!(error("{\"a\": 1}").contains("missing"));
        assert!(error("{\"schema\": \"ecrpass/findings/1\"}").contains("`ecrpass/findings/1`"));
        let text = format!("{{\"schema\": \"{SCHEMA}\",\n \"ecrpass\": 7}}");
        assert_eq!(error(&text), "line 2, column 13: invalid type: integer `7`, expected a string");
        assert!(Bundle::is_likely(&text) && !Bundle::is_likely("{}"));
    }
}
