//! Values of infrastructure code with their places, whatever language they are written in: Terraform, CloudFormation,
//! JSON. What another place decides stays a reference, which `scope` follows.

use std::ops::Range;

use crate::passage::Passage;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Datum {
    /// Its bytes in the file.
    pub bytes: Range<usize>,
    /// What it is.
    pub kind: DatumKind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum DatumKind {
    /// `null`.
    Null,
    /// A number or a boolean, as written.
    Plain(String),
    /// A text.
    Text(Passage),
    /// A text into which values are put.
    Template(Vec<Part>),
    /// A list.
    List(Vec<Datum>),
    /// An object, a mapping, or a block's body: its entries in the file's order.
    Map(Vec<Entry>),
    /// What another place decides: `local.x`, `aws_ecr_repository.app.arn`, `Repository.Arn` of `!GetAtt`.
    Reference(String),
    /// A function of its arguments: `jsonencode`, `join`, `if`.
    Call(String, Vec<Datum>),
    /// Something that is not followed.
    Unknown,
}

/// A part of a template.
#[derive(Clone, Debug)]
pub enum Part {
    /// A text.
    Literal(Passage),
    /// A value that is put in.
    Value(Datum),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key; what is put into it stands as `${…}`.
    pub key: String,
    /// The key's bytes, quotes included.
    pub key_bytes: Range<usize>,
    /// The value.
    pub value: Datum,
}

impl Datum {
    /// A value.
    pub fn new(bytes: Range<usize>, kind: DatumKind) -> Self {
        Self { bytes, kind }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// A key and its value; the last of several counts.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().rfind(|entry| entry.key == key)
    }

    /// The value at the end of a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |datum, key| datum.get(key))
    }

    /// The values of all entries of a key: blocks of a name.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries().iter().filter(move |entry| entry.key == key)
    }

    /// Keys and values; none if it is no mapping.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            DatumKind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The values of a list; none if it is no list.
    pub fn items(&self) -> &[Self] {
        match &self.kind {
            DatumKind::List(items) => items,
            _ => &[],
        }
    }

    /// The values of a list, or the value itself where one may stand for a list of one; none of a null.
    pub fn each(&self) -> &[Self] {
        match &self.kind {
            DatumKind::List(items) => items,
            DatumKind::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// The text of a value in which nothing is put.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            DatumKind::Text(passage) => Some(passage.text()),
            DatumKind::Plain(text) => Some(text),
            _ => None,
        }
    }

    /// The name of what decides it.
    pub fn reference(&self) -> Option<&str> {
        match &self.kind {
            DatumKind::Reference(name) => Some(name),
            _ => None,
        }
    }

    /// Whether what is there is decided at run time: an operation, or a dynamic block.
    pub fn is_open(&self) -> bool {
        match &self.kind {
            DatumKind::Unknown => true,
            DatumKind::Call(name, _) => name == "dynamic",
            _ => false,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, DatumKind::Null)
    }

    /// Walks through it and all that is in it, outer values first, with the key each stands under.
    pub fn walk<'a>(&'a self, key: &'a str, visit: &mut dyn FnMut(&'a str, &'a Self)) {
        visit(key, self);
        match &self.kind {
            DatumKind::List(items) => items.iter().for_each(|item| item.walk(key, visit)),
            DatumKind::Map(entries) => entries.iter().for_each(|entry| entry.value.walk(&entry.key, visit)),
            DatumKind::Call(_, arguments) => arguments.iter().for_each(|argument| argument.walk(key, visit)),
            DatumKind::Template(parts) => {
                for part in parts {
                    if let Part::Value(value) = part {
                        value.walk(key, visit);
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether something in it is decided by a place whose name meets the condition.
    pub fn names(&self, is_meant: &dyn Fn(&str) -> bool) -> bool {
        let mut found = false;
        self.walk("", &mut |_, datum| found |= datum.reference().is_some_and(is_meant));
        found
    }
}
