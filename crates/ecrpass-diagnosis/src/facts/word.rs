//! A word of a bundle: one of a known list, or one that only another version of ecrpass knows.
//!
//! Bundles travel between versions. A newer ecrpass may write a client, a cause or an outcome that this one has no
//! name for; it is kept as it was written, so that the bundle stays what it was when it is written again.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A list of words, each with a meaning.
pub trait Vocabulary: Copy + PartialEq + 'static {
    /// What the list is of, as the schema names it.
    const NAME: &'static str;
    /// All meanings.
    const ALL: &'static [Self];

    /// The word that stands for it.
    fn word(self) -> &'static str;
}

/// A word of a [`Vocabulary`], or another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word<T> {
    /// One of the list.
    Known(T),
    /// One that this version does not know.
    Other(String),
}

impl<T: Vocabulary> Word<T> {
    /// The meaning of a text, if it has one here.
    pub fn read(text: &str) -> Self {
        match T::ALL.iter().find(|meaning| meaning.word() == text) {
            Some(meaning) => Self::Known(*meaning),
            None => Self::Other(text.to_owned()),
        }
    }

    /// What it means, if this version knows.
    pub fn known(&self) -> Option<T> {
        match self {
            Self::Known(meaning) => Some(*meaning),
            Self::Other(_) => None,
        }
    }

    /// The word itself.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(meaning) => meaning.word(),
            Self::Other(text) => text,
        }
    }
}

impl<T: Vocabulary> From<T> for Word<T> {
    fn from(meaning: T) -> Self {
        Self::Known(meaning)
    }
}

impl<T: Vocabulary> PartialEq<T> for Word<T> {
    fn eq(&self, meaning: &T) -> bool {
        self.known() == Some(*meaning)
    }
}

/// No word at all.
impl<T> Default for Word<T> {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl<T: Vocabulary> fmt::Display for Word<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<T: Vocabulary> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, T: Vocabulary> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::read(&String::deserialize(deserializer)?))
    }
}

/// Any text is allowed, as it always was; the words that this version knows are listed beside it.
#[cfg(feature = "schema")]
impl<T: Vocabulary> schemars::JsonSchema for Word<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::NAME.into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let words: Vec<&str> = T::ALL.iter().map(|meaning| meaning.word()).collect();
        schemars::json_schema!({
            "anyOf": [
                { "enum": words },
                { "type": "string", "description": "a word of a later version" }
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use ecrpass_clients::client::{Client, Operation, Supplier};
    use ecrpass_clients::repair::Safety;
    use ecrpass_core::DiagnosisId;
    use ecrpass_credentials::credential_chain::SourceKind;
    use proptest::prelude::*;

    use super::*;
    use crate::facts::{PermissionSource, PullerKind, Username};

    fn round_trips<T: Vocabulary + fmt::Debug>(text: &str) {
        let read: Word<T> = serde_json::from_value(text.into()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), text);
        assert_eq!(read.known().is_some(), T::ALL.iter().any(|meaning| meaning.word() == text));
        assert_eq!(read.as_str(), text);
    }

    fn all_round_trip<T: Vocabulary + fmt::Debug>() {
        for meaning in T::ALL {
            let read = Word::<T>::read(meaning.word());
            assert_eq!(read, *meaning, "two meanings of {} share a word", T::NAME);
            round_trips::<T>(meaning.word());
        }
    }

    #[test]
    fn every_word_has_one_meaning() {
        all_round_trip::<Client>();
        all_round_trip::<DiagnosisId>();
        all_round_trip::<Operation>();
        all_round_trip::<Supplier>();
        all_round_trip::<PermissionSource>();
        all_round_trip::<SourceKind>();
        all_round_trip::<PullerKind>();
        all_round_trip::<Safety>();
        all_round_trip::<Username>();
    }

    proptest! {
        /// A word that only a later version knows is written again as it was read.
        #[test]
        fn unknown_words_are_kept(text in ".{0,20}") {
            round_trips::<Client>(&text);
            round_trips::<DiagnosisId>(&text);
            round_trips::<Operation>(&text);
            round_trips::<Supplier>(&text);
            round_trips::<PermissionSource>(&text);
            round_trips::<SourceKind>(&text);
            round_trips::<PullerKind>(&text);
            round_trips::<Safety>(&text);
            round_trips::<Username>(&text);
        }
    }
}
