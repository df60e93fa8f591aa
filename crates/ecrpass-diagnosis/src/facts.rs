//! Facts: what was seen of a machine, of AWS and of a registry, each with where it was seen.
//!
//! `ecrpass doctor` collects them, this crate infers from them, and a bundle of them (`doctor --record`) says the same
//! anywhere else. No secret is a fact: passwords, keys and tokens are used while collecting and not written down.

mod attached;
mod aws;
mod client_credentials;
mod denials;
mod machine;
mod named;
mod puller;
mod registry;
mod resolved;
mod seen;
mod subject;
mod vocabulary;
mod word;

use std::borrow::Cow;

pub use attached::{AttachedPolicies, AttachedPolicy, UnreadPolicy};
pub use aws::{Aws, Call, Clock, CredentialPlace, Identity, Metadata, Refused, Token, WebIdentity};
pub use client_credentials::ClientCredentials;
pub use denials::denials;
use ecrpass_clients::client::{Client, Operation};
use ecrpass_core::redact::{REDACTED, redact};
use ecrpass_core::time::EpochSeconds;
use ecrpass_core::visible::{visible, visible_json};
use ecrpass_json::{Position, SyntaxError, parse_at_most};
pub use machine::{BEYOND, ConfigProblem, Configuration, Daemon, Installed, MachineFacts, Program, Variable};
pub use named::NoSubject;
pub use puller::{ImagePuller, PullSecret};
pub use registry::{Destination, Failure, NetworkPath, Permission, RegistryResponse, Repository, Verdict};
pub use resolved::{ResolutionStep, Resolved};
pub use seen::Seen;
use serde::{Deserialize, Serialize};
use serde_json::Value;
pub use subject::Subject;
pub use vocabulary::{PermissionSource, PullSecretState, PullerKind, Username};
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

/// How many values a bundle may hold, a hundred times what is recorded of a full machine: each is kept, in many times
/// the memory that it takes in the text.
const MAX_VALUES: usize = 100_000;

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
            what: visible(&redact(&without_place(&error.to_string()))).into_owned(),
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if let Err(SyntaxError { offset, message, is_limit: true }) = parse_at_most(MAX_VALUES, text) {
            let Position { line, column } = Position::of(text, offset);
            return Err(BundleError::Shape { line, column, what: message });
        }
        let mut value: Value = serde_json::from_str(text).map_err(shape)?;
        match value.get("schema").map(|schema| schema.as_str()) {
            Some(Some(SCHEMA)) => {}
            Some(other) => {
                let other = other.unwrap_or("no text");
                return Err(BundleError::Schema(format!("`{}`", visible(&redact(other)))));
            }
            None => return Err(BundleError::Schema("missing".to_owned())),
        }
        // For the place of what is wrong.
        let _: Self = serde_json::from_str(text).map_err(shape)?;
        // It may be an earlier version's, which knew fewer secrets.
        without_secrets(&mut value);
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

/// Takes the secrets out of every text of a bundle.
fn without_secrets(value: &mut Value) {
    let safe = |text: &str| match redact(text) {
        Cow::Owned(safe) => Some(safe),
        Cow::Borrowed(_) => None,
    };
    match value {
        Value::String(text) => {
            if let Some(safe) = safe(text) {
                *text = safe;
            }
        }
        Value::Array(list) => list.iter_mut().for_each(without_secrets),
        Value::Object(fields) => {
            // A variable's name may be what makes a secret of its value.
            if let (Some(Value::String(name)), Some(Value::String(text))) =
                (fields.get("name"), fields.get("value"))
                && safe(&format!("{name}={text}")).is_some_and(|line| !line.ends_with(text.as_str()))
            {
                fields.insert("value".to_owned(), Value::String(REDACTED.to_owned()));
            }
            fields.values_mut().for_each(without_secrets);
        }
        _ => {}
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
    fn what_an_earlier_version_let_through_is_taken_out_when_it_is_read() {
        let healthy = include_str!("../tests/fixtures/bundles/healthy.json");
        let clean = Bundle::parse(healthy).unwrap();
        assert_eq!(Bundle::parse(&serde_json::to_string(&clean).unwrap()).unwrap(), clean, "read twice");
        let mut old: Value = serde_json::from_str(healthy).unwrap();
        // A variable that was shown then, an address with its password, a command line, and a message.
        old["machine"]["variables"] = serde_json::json!([
            {"name": "MY_REGISTRY_PASSWORD", "value": "hunter2"},
            {"name": "HTTPS_PROXY", "value": "http://me:hunter2@proxy:3128"},
            {"name": "AWS_PROFILE", "value": "prod"},
        ]);
        old["subjects"][0]["login"] = serde_json::json!({"unknown": "docker login -u AWS -p hunter2 h"});
        old["aws"]["warnings"] = serde_json::json!(["aws_secret_access_key = hunter2"]);
        let bundle = Bundle::parse(&old.to_string()).unwrap();
        let text = serde_json::to_string(&bundle).unwrap();
        assert!(!text.contains("hunter2"), "{text}");
        let value = |name: &str| bundle.machine.variable(name).and_then(|it| it.value.clone()).unwrap();
        assert_eq!(
            (value("AWS_PROFILE"), value("MY_REGISTRY_PASSWORD")),
            ("prod".to_owned(), REDACTED.to_owned())
        );
    }

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
