//! Fields by name and type: the kubelet takes none that it does not know, and no number where a text must be.

use std::collections::HashSet;

use super::meant::meant;
use super::problem::Problems;
use crate::kubelet::document::{Field, Kind, Value};

/// A field that is to be a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text<'a> {
    /// It is not there, or null.
    Missing,
    /// It is something else, which was said.
    Wrong,
    /// What it says.
    Is(&'a str),
}

/// Names the fields of a mapping that the kubelet does not know, and those that are there twice.
pub fn unknown(value: &Value, known: &[&str], of: &str, problems: &mut Problems) {
    let mut seen = HashSet::new();
    for Field { name, key, .. } in value.fields().unwrap_or_default() {
        if !seen.insert(name.as_str()) {
            problems.stops(key.start, format!("`{name}` is there twice"), "keep one of them");
        }
        if known.contains(&name.as_str()) {
            continue;
        }
        let fix = match meant(name, known) {
            Some(meant) => format!("{meant}:"),
            None => format!("remove it; there are {}", known.join(", ")),
        };
        problems.stops(key.start, format!("{of} has no field `{name}`"), fix);
    }
}

/// A field that is to be a text.
pub fn text<'a>(mapping: &'a Value, name: &str, problems: &mut Problems) -> Text<'a> {
    let Some(field) = mapping.set(name) else { return Text::Missing };
    match field.value.text() {
        Some(text) => Text::Is(text),
        None => {
            not_a_text(&field.value, field.place(), name, true, problems);
            Text::Wrong
        }
    }
}

/// Says that something is no text; what it is, unless that might be a secret.
pub fn not_a_text(value: &Value, at: usize, name: &str, shows: bool, problems: &mut Problems) {
    let written = problems.written(value);
    let (what, fix) = match value.kind {
        Kind::Bool(_) | Kind::Number => {
            let kind = if value.kind == Kind::Number { "a number" } else { "a boolean" };
            // Of what is not to be shown, three characters are no secret: `3`, `yes`.
            let is_shown = shows || written.chars().count() <= 3;
            let shown = if is_shown { written } else { "…" };
            (
                format!("`{name}` is a text, and without quotes this is {kind}"),
                format!("put it in quotes: \"{shown}\""),
            )
        }
        Kind::List(_) => (format!("`{name}` is a text, not a list"), format!("{name}: \"…\"")),
        _ => (format!("`{name}` is a text, not fields"), format!("{name}: \"…\"")),
    };
    problems.stops(at, what, fix);
}

/// The texts of a list and where they stand; null is an empty one. What is something else is named.
pub fn texts<'a>(mapping: &'a Value, name: &str, problems: &mut Problems) -> Vec<(usize, &'a str)> {
    let Some(field) = mapping.set(name) else { return Vec::new() };
    let Some(items) = field.value.items() else {
        // An argument may be a secret.
        let item = field.value.text().filter(|text| name != "args" && !text.contains('@')).unwrap_or("…");
        problems.stops(field.place(), format!("`{name}` is a list"), format!("{name}: [\"{item}\"]"));
        return Vec::new();
    };
    let mut texts = Vec::new();
    for item in items {
        match &item.kind {
            Kind::Text(text) => texts.push((item.span.start, text.as_str())),
            Kind::Null => texts.push((item.span.start, "")),
            Kind::Bool(_) | Kind::Number => not_a_text(item, item.span.start, name, name != "args", problems),
            _ => problems.stops(
                item.span.start,
                format!("`{name}` is a list of texts"),
                format!("{name}: [\"…\"]"),
            ),
        }
    }
    texts
}

/// Whether a list is there and has items.
pub fn has_items(mapping: &Value, name: &str) -> bool {
    mapping.get(name).and_then(|field| field.value.items()).is_some_and(|items| !items.is_empty())
}
