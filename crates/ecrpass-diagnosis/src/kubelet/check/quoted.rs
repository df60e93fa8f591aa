//! What of a file may be quoted: providers get secrets through `env` and arguments, and a report of this check goes to logs
//! that others read.

use std::ops::Range;

use ecrpass_core::redact::{REDACTED, redact};

use super::meant::meant;
use crate::kubelet::document::{Document, Field, Kind, Value};

/// How much of a line is quoted, in characters.
const MOST_QUOTED: usize = 200;

/// The fields whose values are no secrets.
const SHOWN: [&str; 4] = ["apiVersion", "kind", "name", "defaultCacheDuration"];
const OF_TOKENS: [&str; 5] = [
    "cacheType",
    "optionalServiceAccountAnnotationKeys",
    "requireServiceAccount",
    "requiredServiceAccountAnnotationKeys",
    "serviceAccountTokenAudience",
];

/// The parts of a text that are not quoted.
#[derive(Debug)]
pub enum Hidden {
    /// These, in their order.
    Parts(Vec<Range<usize>>),
    /// What is not known to be none: the text cannot be read.
    Unless,
}

impl Hidden {
    /// All scalars but those that are known to be none.
    pub fn of(document: &Document, config: Option<&Value>) -> Self {
        let mut parts = Vec::new();
        match config {
            Some(config) => in_config(config, &mut parts),
            None => document.root.iter().for_each(|root| all(root, &mut parts)),
        }
        parts.sort_unstable_by_key(|part| part.start);
        Self::Parts(parts)
    }

    /// The line of a text that a byte stands in.
    pub fn line(&self, text: &str, at: usize) -> String {
        let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let shown = match self {
            Self::Parts(parts) => without(line, start, parts),
            Self::Unless => known_words(line),
        };
        let shown: String = shown.chars().take(MOST_QUOTED).collect();
        redact(&shown).into_owned()
    }
}

fn in_config(config: &Value, parts: &mut Vec<Range<usize>>) {
    let Some(fields) = config.fields() else { return all(config, parts) };
    for field in fields {
        match (field.name.as_str(), field.value.items()) {
            ("providers", Some(items)) => {
                items.iter().for_each(|item| match item.fields() {
                    Some(fields) => fields.iter().for_each(|field| of_provider(field, parts)),
                    None => all(item, parts),
                });
            }
            (name, _) if is_one_of(name, &SHOWN) => {}
            _ => all(&field.value, parts),
        }
    }
}

fn of_provider(field: &Field, parts: &mut Vec<Range<usize>>) {
    if is_one_of(&field.name, &["matchImages"]) {
        let one = std::slice::from_ref(&field.value);
        for item in field.value.items().unwrap_or(one) {
            match item.text() {
                // `user:password@host`.
                Some(text) if !text.contains('@') => {}
                None if matches!(item.kind, Kind::Number | Kind::Bool(_)) => {}
                _ => all(item, parts),
            }
        }
    } else if is_one_of(&field.name, &["tokenAttributes"]) {
        for field in field.value.fields().unwrap_or_default() {
            if !is_one_of(&field.name, &OF_TOKENS) {
                all(&field.value, parts);
            }
        }
    } else if is_one_of(&field.name, &["env"]) {
        for variable in field.value.items().unwrap_or_default() {
            of_variable(variable, parts);
        }
        if field.value.items().is_none() {
            all(&field.value, parts);
        }
    } else if !(is_one_of(&field.name, &SHOWN)
        && field.value.fields().is_none()
        && field.value.items().is_none())
    {
        all(&field.value, parts);
    }
}

/// The name of a variable is none.
fn of_variable(variable: &Value, parts: &mut Vec<Range<usize>>) {
    let Some(fields) = variable.fields() else { return all(variable, parts) };
    for field in fields {
        if field.name != "name" {
            all(&field.value, parts);
        }
        // `{secret}`: a key of its own.
        if !is_one_of(&field.name, &["name", "value"]) {
            parts.push(field.key.clone());
        }
    }
}

fn is_one_of(name: &str, fields: &[&str]) -> bool {
    fields.iter().any(|field| field.eq_ignore_ascii_case(name))
}

/// All scalars of a value.
fn all(value: &Value, parts: &mut Vec<Range<usize>>) {
    match &value.kind {
        Kind::Null => {}
        Kind::Bool(_) | Kind::Number | Kind::Text(_) => parts.push(value.span.clone()),
        Kind::List(items) => items.iter().for_each(|item| all(item, parts)),
        Kind::Mapping(fields) => fields.iter().for_each(|field| all(&field.value, parts)),
    }
}

/// A line without parts of its text; with any of them, also without its comment.
fn without(line: &str, start: usize, parts: &[Range<usize>]) -> String {
    let end = start + line.len();
    let mut shown = String::new();
    let mut from = start;
    // Aliases are there more than once, and what they stand for may be longer than what comes next.
    for part in parts.iter().filter(|part| part.start < end && part.end > start) {
        if part.end <= from {
            continue;
        }
        shown.push_str(line.get(from - start..part.start.max(from) - start).unwrap_or_default());
        shown.push_str(REDACTED);
        from = part.end.min(end);
    }
    let rest = line.get(from - start..).unwrap_or_default();
    let is_cut = from > start;
    shown.push_str(if is_cut { rest.split('#').next().unwrap_or_default() } else { rest });
    shown
}

/// A line of a text that cannot be read: fields of configurations, and hosts of ECR and of Kubernetes.
fn known_words(line: &str) -> String {
    const FIELDS: [&str; 15] = [
        "apiVersion",
        "args",
        "cacheType",
        "CredentialProviderConfig",
        "defaultCacheDuration",
        "env",
        "kind",
        "matchImages",
        "name",
        "optionalServiceAccountAnnotationKeys",
        "providers",
        "requireServiceAccount",
        "requiredServiceAccountAnnotationKeys",
        "serviceAccountTokenAudience",
        "value",
    ];
    let is_punctuation = |c: char| c.is_whitespace() || "{}[],:\"'-".contains(c);
    let is_known = |word: &str| {
        let inner = word.trim_matches(is_punctuation);
        let is_host = ["ecr.", ".ecr", "amazonaws.com", "k8s.io/"].iter().any(|part| inner.contains(part))
            && inner.chars().all(|c| c.is_ascii_alphanumeric() || ".-*/:?".contains(c));
        inner.is_empty() || FIELDS.contains(&inner) || is_host || inner == "tokenAttributes"
    };
    let mut shown = String::new();
    for word in line.split_inclusive([' ', '\t', ',']) {
        if is_known(word) {
            shown.push_str(word);
        } else if !shown.trim_end().ends_with(REDACTED) {
            shown.push_str(REDACTED);
            shown.push(' ');
        }
    }
    shown.trim_end().to_owned()
}

/// A field of a variable, if its name may be shown.
pub fn shown_name<'a>(field: &'a Field, known: &[&str]) -> Option<&'a str> {
    let is_word = field.name.len() <= 20 && field.name.chars().all(|c| c.is_ascii_alphabetic());
    let is_key = field.value.kind != Kind::Null || meant(&field.name, known).is_some();
    (is_word && is_key).then_some(field.name.as_str())
}
