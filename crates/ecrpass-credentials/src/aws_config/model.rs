//! What a file of AWS settings holds: sections, their properties, and what could not be understood.

use std::fmt;

use ecrpass_core::Secret;

use crate::refusal::reason::Refusal;

/// Which of the two files a text comes from; they name sections differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `~/.aws/config`: `[profile name]`, `[sso-session name]`, `[services name]`.
    Config,
    /// `~/.aws/credentials`: `[name]`.
    Credentials,
}

/// One file, read.
#[derive(Clone, Debug, Default)]
pub struct ConfigFile {
    /// The sections, in order; a name that occurs twice is here twice.
    pub sections: Vec<Section>,
    /// What could not be understood.
    pub problems: Vec<Problem>,
    /// Why nothing of it is known, though something is there.
    pub unread: Option<Refusal>,
    /// The text, for tools that read it by other rules.
    pub(super) text: Secret,
}

/// What a section is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SectionKind {
    /// A profile.
    Profile,
    /// An IAM Identity Center session.
    SsoSession,
    /// Endpoints of services.
    Services,
    /// Something else; the SDKs pass it over.
    Unknown(String),
}

/// A section and its properties.
#[derive(Clone, Debug)]
pub struct Section {
    /// What it is about.
    pub kind: SectionKind,
    /// Its name.
    pub name: String,
    /// Its line, from 1.
    pub line: usize,
    /// Whether it is `[profile default]` rather than `[default]`, which it beats.
    pub prefixed: bool,
    /// Its properties, in order.
    pub properties: Vec<Property>,
}

/// `name = value`.
#[derive(Clone)]
pub struct Property {
    /// The name, in lower case.
    pub name: String,
    /// Its line, from 1.
    pub line: usize,
    /// The column of the name, from 1.
    pub column: usize,
    pub(super) value: String,
    pub(super) nested: Vec<(String, String)>,
}

impl Property {
    /// The value, which may be a secret.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The properties indented below an empty value.
    pub fn nested(&self) -> &[(String, String)] {
        &self.nested
    }
}

impl fmt::Debug for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SECRET: [&str; 3] = ["aws_secret_access_key", "aws_session_token", "aws_security_token"];
        let value = if SECRET.contains(&self.name.as_str()) { "[redacted]" } else { &self.value };
        write!(f, "{} = {value:?} (line {})", self.name, self.line)
    }
}

/// What is said of a property that no section holds.
pub(crate) const BEFORE_SECTIONS: &str = "the property is before any `[section]`; move it below one";

/// What is said of a line that begins a section and does not end its name.
pub(crate) const UNCLOSED_SECTION: &str = "the section's closing `]` is missing";

/// Something in a file that could not be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong and what to do.
    pub message: String,
    /// Whether it is what a merge left, with both sides in the file.
    pub conflict: bool,
}
