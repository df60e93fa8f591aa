//! The policies behind a denial, as far as they could be read: those of whoever was denied, and the registry's.

use ecrpass_iam::Layer;
use serde::{Deserialize, Serialize};

use super::word::{Vocabulary, Word};

/// What is attached to whoever was denied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttachedPolicies {
    /// Whose they are: a user or a role.
    pub principal: String,
    /// The documents.
    #[serde(default)]
    pub documents: Vec<AttachedPolicy>,
    /// What could not be read, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadPolicy>,
}

/// A policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttachedPolicy {
    /// Where it has a say: `identity`, `boundary`, `registry` and so on.
    pub layer: Word<Layer>,
    /// What it is, in a few words.
    pub source: String,
    /// Its text.
    pub text: String,
}

/// A policy that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UnreadPolicy {
    /// Where it has a say.
    pub layer: Word<Layer>,
    /// Which it is, in a few words.
    pub what: String,
    /// Why it could not be read.
    pub why: String,
}

impl Vocabulary for Layer {
    const NAME: &'static str = "PolicyLayer";
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.id()
    }
}
