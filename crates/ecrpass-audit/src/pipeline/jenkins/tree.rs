//! Groovy as nested calls and assignments.

use std::ops::Range;

use crate::passage::Passage;

/// A statement.
#[derive(Clone, Debug)]
pub(super) enum Statement {
    Call(Call),
    /// `x = value`, `def x = value`.
    Set {
        name: String,
        value: Value,
        bytes: Range<usize>,
    },
    /// Statements in braces, behind a condition or in a loop if so.
    Block {
        statements: Vec<Self>,
        conditional: bool,
        /// Behind `if (false)`.
        never: bool,
    },
}

/// A call: `sh 'x'`, `stage('x') { … }`, `docker.build('x').push()`.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// The name with what it belongs to: `docker.withRegistry`.
    pub name: String,
    /// Its bytes, arguments and block included.
    pub bytes: Range<usize>,
    pub arguments: Vec<Argument>,
    pub block: Option<Vec<Statement>>,
    /// What is called on its result.
    pub then: Option<Box<Self>>,
}

/// An argument.
#[derive(Clone, Debug)]
pub(super) struct Argument {
    pub name: Option<String>,
    pub value: Value,
    pub bytes: Range<usize>,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text {
        passage: Passage,
        interpolated: bool,
        /// The bytes with the quotes.
        bytes: Range<usize>,
    },
    /// A name, a number, `true`.
    Name(String),
    Call(Box<Call>),
    List(Vec<Argument>),
    /// Several, put together with `+`.
    Sum(Vec<Self>),
    Block(Vec<Statement>),
    /// Something whose value is not followed.
    Other,
}

impl Call {
    /// An argument by its name.
    pub fn named(&self, name: &str) -> Option<&Argument> {
        self.arguments.iter().find(|argument| argument.name.as_deref() == Some(name))
    }

    /// An argument by its place among those without a name.
    pub fn at(&self, index: usize) -> Option<&Argument> {
        self.arguments.iter().filter(|argument| argument.name.is_none()).nth(index)
    }

    /// An argument by its name, else the first without one.
    pub fn named_or_first(&self, name: &str) -> Option<&Argument> {
        self.named(name).or_else(|| self.at(0))
    }

    /// The last part of its name.
    pub fn method(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }
}
