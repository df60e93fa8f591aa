//! A policy document as IAM understands it, each part with its bytes in the text.

use std::ops::Range;
use std::sync::Arc;

use ecrpass_core::wildcard::Pattern;
use ecrpass_json::Position;

use crate::arn_pattern::ArnPattern;
use crate::condition::Condition;
use crate::source::Source;

/// A policy document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its text, and the file that it stands in.
    pub source: Source,
    /// The document's bytes in that text.
    pub span: Range<usize>,
    /// The version of the language.
    pub version: Version,
    /// Its statements, in the order of the text.
    pub statements: Vec<Statement>,
    /// The bytes of the value of `Statement`: a list, or one statement.
    pub statements_span: Option<Range<usize>>,
    /// Whether it is one of AWS's managed policies, which nobody else can change.
    pub is_of_aws: bool,
}

impl Document {
    /// What the file is called.
    pub fn name(&self) -> &Arc<str> {
        self.source.name()
    }

    /// Its text.
    pub fn text(&self) -> &str {
        self.source.text().get(self.span.clone()).unwrap_or_default()
    }

    /// Line and column of a byte.
    pub fn position(&self, offset: usize) -> Position {
        self.source.position(offset)
    }
}

/// The version of the policy language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// The first, which knows no variables. It is meant where a document does not say.
    #[default]
    V2008,
    /// The current one.
    V2012,
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its name.
    pub sid: Option<Arc<str>>,
    /// What it does to what it speaks of.
    pub effect: Effect,
    /// For whom, where it says so.
    pub principals: Option<Listed<Named>>,
    /// What may or may not be done.
    pub actions: Listed<ActionPattern>,
    /// On what; where it does not say, on whatever the policy hangs on.
    pub resources: Option<Listed<ArnPattern>>,
    /// When.
    pub conditions: Vec<Condition>,
    /// The bytes of the value of `Condition`.
    pub conditions_span: Option<Range<usize>>,
    /// Where it begins.
    pub position: Position,
    /// The bytes of the statement.
    pub span: Range<usize>,
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever else allows.
    Deny,
}

/// An element that lists things, or with `Not` in front of its name everything but them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// Whether everything but these is meant.
    pub negated: bool,
    /// What is listed.
    pub items: Vec<Located<T>>,
    /// The bytes of the element, key included.
    pub span: Range<usize>,
    /// The bytes of its value: a list, or one of what it lists.
    pub value_span: Range<usize>,
}

/// Something with its bytes in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// What it is.
    pub value: T,
    /// Its bytes.
    pub span: Range<usize>,
}

/// An action with wildcards, compared without case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionPattern {
    /// As it is written.
    pub text: String,
    lowercase: String,
    /// `None` where there is no wildcard.
    pattern: Option<Pattern>,
}

impl ActionPattern {
    /// Reads an action.
    pub fn new(text: &str) -> Self {
        let lowercase = text.to_ascii_lowercase();
        let pattern = text.contains(['*', '?']).then(|| Pattern::iam(&lowercase));
        Self { text: text.to_owned(), lowercase, pattern }
    }

    /// Whether an action, in lower case, is one of them.
    pub fn matches(&self, lowercase_action: &str) -> bool {
        match &self.pattern {
            Some(pattern) => pattern.matches(lowercase_action),
            None => self.lowercase == lowercase_action,
        }
    }
}

/// Somebody a `Principal` element names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Under which key.
    pub kind: NamedKind,
    /// The name: an ARN, an account, a service, `*`.
    pub text: String,
}

/// The keys of a `Principal` element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedKind {
    /// `*` in place of an object: everybody.
    Everyone,
    /// Accounts, users, roles and sessions.
    Aws,
    /// AWS services.
    Service,
    /// Identity providers.
    Federated,
    /// S3's own name for an account.
    CanonicalUser,
}

impl Named {
    /// Whether everybody is meant; `{"AWS": "*"}` is the same as `"*"`.
    pub fn is_everyone(&self) -> bool {
        self.kind == NamedKind::Everyone || self.kind == NamedKind::Aws && self.text == "*"
    }
}
