//! What the kubelet reads of a configuration: values with their types and places, and what it refuses.

use std::ops::Range;
use std::rc::Rc;

/// How many values a text may hold. Each is kept, in up to 60 times the memory that it takes in the text.
pub(super) const MAX_WRITTEN: usize = 250_000;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kubelet) struct Value {
    /// Its bytes.
    pub span: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// What a value is to the kubelet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kubelet) enum Kind {
    /// As if it were not there.
    Null,
    /// `true`, in YAML also `yes` and `on`.
    Bool(bool),
    /// A number.
    Number,
    /// A text.
    Text(String),
    /// A list.
    List(Rc<Vec<Value>>),
    /// Keys and values.
    Mapping(Rc<Vec<Field>>),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kubelet) struct Field {
    /// The key; empty where it is no scalar.
    pub name: String,
    /// Its bytes.
    pub key: Range<usize>,
    /// The value.
    pub value: Value,
}

/// What the kubelet reads of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kubelet) struct Document {
    /// Its value; `None` where the text holds nothing.
    pub root: Option<Value>,
    /// What the kubelet refuses, though it can be read.
    pub mistakes: Vec<Mistake>,
    /// Where something stands behind the end, which the kubelet never sees.
    pub unseen: Option<usize>,
    /// What its parser and ours take differently.
    pub doubt: Option<Mistake>,
}

/// Something the kubelet refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kubelet) struct Mistake {
    /// The byte where it stands.
    pub at: usize,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub fix: String,
}

/// Why nothing is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kubelet) enum Unreadable {
    /// The kubelet refuses it as well.
    Wrong(Mistake),
    /// It is too large for us, at this byte; what the kubelet says of it is not known.
    TooLarge(usize, String),
}

impl Value {
    /// A field of a mapping; the last of several counts, as in Go.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.fields()?.iter().rfind(|field| field.name == name)
    }

    /// The field, unless its value counts as none.
    pub fn set(&self, name: &str) -> Option<&Field> {
        self.get(name).filter(|field| field.value.kind != Kind::Null)
    }

    /// The fields of a mapping.
    pub fn fields(&self) -> Option<&[Field]> {
        match &self.kind {
            Kind::Mapping(fields) => Some(fields),
            _ => None,
        }
    }

    /// The values of a list.
    pub fn items(&self) -> Option<&[Self]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The words of a text.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Field {
    /// Where a problem with it is shown: where the value is nothing or more than a scalar, at the key.
    pub fn place(&self) -> usize {
        match self.value.kind {
            Kind::Bool(_) | Kind::Number | Kind::Text(_) => self.value.span.start,
            Kind::Null | Kind::List(_) | Kind::Mapping(_) => self.key.start,
        }
    }
}
