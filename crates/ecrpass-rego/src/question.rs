//! What policies are asked, and what they answer.

use std::time::Duration;

use ecrpass_diagnosis::finding::Severity;
use serde_json::{Map, Value};

use crate::input::Input;

/// How long one rule may take for one document, unless somebody says otherwise.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// A policy's text and the name of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    /// The file, as it is told.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// What is wanted of policies.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// The rules of these packages are asked about each document.
    Packages(Vec<String>),
    /// The rules of all packages are.
    AllPackages,
    /// The policies' own tests are run.
    Verify,
}

/// Policies, and what they are asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The policies.
    pub policies: Vec<PolicyFile>,
    /// What `data` holds besides.
    pub data: Value,
    /// What they are asked about.
    pub inputs: Vec<Input>,
    /// All of that at once, as conftest's `--combine` has it.
    pub is_combined: bool,
    /// What is wanted.
    pub wish: Wish,
    /// When it is asked, in seconds since 1970.
    pub now: i64,
    /// How long one rule may take for one document.
    pub patience: Duration,
}

/// Something a policy reports.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The package and the rule: `main.deny_live_token`.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in the policy's words.
    pub message: String,
    /// What else the policy says.
    pub more: Map<String, Value>,
    /// Where the rule stands.
    pub policy: String,
    /// On which line.
    pub line: usize,
    /// The file it is about; none for a test, and for what is about several.
    pub file: Option<String>,
    /// Which of the file's documents.
    pub document: usize,
}

/// All that policies say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers {
    /// What they report, in the order of the documents.
    pub answers: Vec<Answer>,
    /// How many were left out by exceptions.
    pub excepted: usize,
    /// How many rules, or tests, were asked.
    pub asked: usize,
    /// What the person who wrote the policies should know.
    pub notes: Vec<String>,
    /// What `print` printed.
    pub prints: Vec<String>,
}
