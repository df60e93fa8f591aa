//! The nodes of a YAML tree.

use std::ops::Range;
use std::sync::Arc;

use crate::passage::Passage;

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: numbers and booleans are read as such.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// `|`.
    Literal,
    /// `>`.
    Folded,
}

/// A key and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key; empty if it is no scalar.
    pub text: String,
    /// Its bytes in the file, quotes included.
    pub bytes: Range<usize>,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its bytes in the file, quotes included. What an alias stands for keeps its own place.
    pub bytes: Range<usize>,
    /// Its tag as written: `!reference`, `!Sub`.
    pub tag: Option<String>,
    pub(super) value: Value,
    /// How many levels it has.
    pub(super) depth: usize,
    /// How many values it is, aliases followed.
    pub(super) size: usize,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Scalar(Arc<Passage>, Style),
    List(Arc<Vec<Node>>),
    Mapping(Arc<Vec<(Key, Node)>>),
}

impl Node {
    pub(super) fn leaf(bytes: Range<usize>, tag: Option<String>, value: Value) -> Self {
        Self { bytes, tag, value, depth: 1, size: 1 }
    }

    /// The value of a key; the last of several counts.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|(_, value)| value)
    }

    /// A key with its value.
    pub fn entry(&self, key: &str) -> Option<&(Key, Self)> {
        self.members()?.iter().rfind(|(name, _)| name.text == key)
    }

    /// The value at the end of a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text of a scalar that is not null.
    pub fn text(&self) -> Option<&str> {
        self.passage().map(Passage::text)
    }

    /// The text of a key's value.
    pub fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// The text of a scalar and where each part of it stands.
    pub fn passage(&self) -> Option<&Passage> {
        match &self.value {
            Value::Scalar(passage, _) => Some(passage),
            _ => None,
        }
    }

    /// How a scalar is written.
    pub fn style(&self) -> Option<Style> {
        match &self.value {
            Value::Scalar(_, style) => Some(*style),
            _ => None,
        }
    }

    /// The values of a list.
    pub fn items(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The values of a key's list; none if it is no list.
    pub fn items_of(&self, key: &str) -> &[Self] {
        self.get(key).and_then(Self::items).unwrap_or_default()
    }

    /// The values of a list, or the value itself where one may stand for a list of one; none of a null.
    pub fn each(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// The same of a key's value.
    pub fn each_of(&self, key: &str) -> &[Self] {
        self.get(key).map(Self::each).unwrap_or_default()
    }

    /// Keys and values of a mapping, what `<<` merges into it included.
    pub fn members(&self) -> Option<&[(Key, Self)]> {
        match &self.value {
            Value::Mapping(members) => Some(members),
            _ => None,
        }
    }

    /// The same of a key's value; none if it is no mapping.
    pub fn members_of(&self, key: &str) -> &[(Key, Self)] {
        self.get(key).and_then(Self::members).unwrap_or_default()
    }

    /// Whether there is nothing: `key:` or `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// A boolean as YAML 1.1 and the CI systems write it.
    pub fn flag(&self) -> Option<bool> {
        match self.text()?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            _ => None,
        }
    }

    /// The flag of a key.
    pub fn flag_of(&self, key: &str) -> Option<bool> {
        self.get(key)?.flag()
    }
}
