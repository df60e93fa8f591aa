//! A configuration as the kubelet decodes it: JSON if it begins with `{`, else the first document of YAML, whose scalars
//! have types.
//!
//! Source: Kubernetes `apimachinery/pkg/runtime/serializer/json`, `RecognizesData` and `Decode`, strict.

mod older;
mod scalar;
mod yaml;

use std::ops::Range;
use std::rc::Rc;

use ecrpass_json::{JsonKind, Value as Json, parse_at_most};

/// How many values a text may hold. Each is kept, in up to 60 times the memory that it takes in the text.
const MAX_WRITTEN: usize = 250_000;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// Its bytes.
    pub span: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// What a value is to the kubelet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
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
pub(super) struct Field {
    /// The key; empty where it is no scalar.
    pub name: String,
    /// Its bytes.
    pub key: Range<usize>,
    /// The value.
    pub value: Value,
}

/// What the kubelet reads of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Document {
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
pub(super) struct Mistake {
    /// The byte where it stands.
    pub at: usize,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub fix: String,
}

/// Why nothing is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
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

/// Reads a text without its byte order mark.
pub(super) fn read(text: &str, had_mark: bool) -> Result<Document, Unreadable> {
    // A mark in front is no blank, so that what has one is YAML.
    if had_mark || !text.trim_start().starts_with('{') {
        return yaml::read(text);
    }
    match parse_at_most(MAX_WRITTEN, text) {
        Ok(value) => {
            Ok(Document { root: Some(from_json(value)), mistakes: Vec::new(), unseen: None, doubt: None })
        }
        Err(error) if error.is_limit => Err(Unreadable::TooLarge(error.offset, error.message)),
        Err(error) => Err(Unreadable::Wrong(Mistake {
            at: error.offset,
            what: format!(
                "it begins with `{{`, so the kubelet reads it as JSON, and it is none: {}",
                error.message
            ),
            fix: "keys and texts in double quotes, a comma between two values and none behind the last"
                .to_owned(),
        })),
    }
}

/// As deep as the JSON parser lets it be.
fn from_json(value: Json) -> Value {
    let kind = match value.kind {
        // A value too deep to be kept is never there: all of the text was read.
        JsonKind::Null | JsonKind::Deep { .. } => Kind::Null,
        // `true` has four bytes, `false` five.
        JsonKind::Bool => Kind::Bool(value.span.len() == 4),
        JsonKind::Number => Kind::Number,
        JsonKind::String(text) => Kind::Text(text.to_string()),
        JsonKind::Array(values) => Kind::List(Rc::new(values.into_iter().map(from_json).collect())),
        JsonKind::Object(members) => {
            let field = |member: ecrpass_json::Member| Field {
                name: member.key,
                key: member.key_span,
                value: from_json(member.value),
            };
            Kind::Mapping(Rc::new(members.into_iter().map(field).collect()))
        }
    };
    Value { span: value.span, kind }
}

#[cfg(test)]
mod tests;
