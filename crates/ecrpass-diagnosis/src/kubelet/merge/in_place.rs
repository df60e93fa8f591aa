//! Changes our own entry where it stands: registries are added to its list, tokens to its fields, and all else of it stays,
//! comments and order too.

use std::ops::Range;

use ecrpass_json::{JsonKind, Value as Json};
use serde_json::Value;

use crate::inputs::tree::Node;

/// What changes in an entry.
pub struct Change<'a> {
    /// Images that are added.
    pub images: &'a [String],
    /// Another version of the protocol.
    pub api: Option<&'a str>,
    /// Other `tokenAttributes`.
    pub tokens: Option<&'a Value>,
}

type Edits = Vec<(Range<usize>, String)>;

/// In YAML; `place` is where the entry's lines are. `None` where that is better written anew.
pub fn yaml(text: &str, entry: &Node, place: &Range<usize>, change: &Change<'_>) -> Option<String> {
    let mut edits = Edits::new();
    let newline = if text.get(place.clone())?.contains("\r\n") { "\r\n" } else { "\n" };
    if !change.images.is_empty() {
        let list = entry.get("matchImages")?;
        let last = list.items()?.last()?;
        let quoted: Vec<String> = change.images.iter().map(|image| ecrpass_json::quoted(image)).collect();
        if text.get(list.at..)?.starts_with('[') {
            let end = scalar_end(text, last.at)?;
            edits.push((end..end, format!(", {}", quoted.join(", "))));
        } else {
            let prefix = text.get(line_start(text, last.at)?..last.at)?;
            if prefix.trim() != "-" {
                return None;
            }
            let end = line_end(text, last.at)?;
            let lines = quoted.iter().map(|image| format!("{newline}{prefix}{image}"));
            edits.push((end..end, lines.collect()));
        }
    }
    if let Some(api) = change.api {
        let at = entry.get("apiVersion")?.at;
        edits.push((at..scalar_end(text, at)?, api.to_owned()));
    }
    if let Some(tokens) = change.tokens {
        if text.get(entry.at..)?.starts_with('{') {
            return None;
        }
        let column = entry.at - line_start(text, entry.at)?;
        let lines = token_lines(tokens)?.join(&format!("{newline}{:column$}", ""));
        if let Some(old) = block(text, place, column, "tokenAttributes") {
            edits.push((old, lines));
        } else {
            let end = last_line_end(text, place, column)?;
            edits.push((end..end, format!("{newline}{:column$}{lines}", "")));
        }
    }
    apply(text, edits)
}

/// `tokenAttributes` as lines of YAML.
pub fn token_lines(tokens: &Value) -> Option<Vec<String>> {
    let mut lines = vec!["tokenAttributes:".to_owned()];
    for (key, value) in tokens.as_object()? {
        match value.as_array() {
            Some(items) => {
                lines.push(format!("  {key}:"));
                lines.extend(items.iter().map(|item| format!("    - {item}")));
            }
            None => lines.push(format!("  {key}: {value}")),
        }
    }
    Some(lines)
}

/// In JSON.
pub fn json(text: &str, entry: &Json, change: &Change<'_>) -> Option<String> {
    let mut edits = Edits::new();
    let members = entry.members()?;
    let value_of = |key: &str| members.iter().rfind(|member| member.key == key).map(|member| &member.value);
    if !change.images.is_empty() {
        let list = value_of("matchImages")?;
        let JsonKind::Array(items) = &list.kind else { return None };
        let last = items.last()?;
        let between = match items.len().checked_sub(2).and_then(|index| items.get(index)) {
            Some(other) => text.get(other.span.end..last.span.start)?.to_owned(),
            None => separator(text, list.span.start + 1, last.span.start)?,
        };
        let added = change.images.iter().map(|image| format!("{between}{}", ecrpass_json::quoted(image)));
        edits.push((last.span.end..last.span.end, added.collect()));
    }
    if let Some(api) = change.api {
        edits.push((value_of("apiVersion")?.span.clone(), ecrpass_json::quoted(api)));
    }
    if let Some(tokens) = change.tokens {
        let last = members.last()?;
        let between = separator(text, entry.span.start + 1, members.first()?.key_span.start)?;
        let indent = between.rsplit_once('\n').map(|(_, indent)| indent);
        let value = match indent {
            Some(indent) => serde_json::to_string_pretty(tokens).ok()?.replace('\n', &format!("\n{indent}")),
            None => tokens.to_string(),
        };
        if let Some(old) = value_of("tokenAttributes") {
            edits.push((old.span.clone(), value));
        } else {
            let end = last.value.span.end;
            edits.push((end..end, format!("{between}\"tokenAttributes\": {value}")));
        }
    }
    apply(text, edits)
}

/// What separates values that are laid out as the first of them is.
fn separator(text: &str, open: usize, first: usize) -> Option<String> {
    let before = text.get(open..first)?;
    Some(if before.contains('\n') { format!(",{before}") } else { ", ".to_owned() })
}

fn line_start(text: &str, at: usize) -> Option<usize> {
    Some(text.get(..at)?.rfind('\n').map_or(0, |line| line + 1))
}

/// The end of a line, before what ends it.
fn line_end(text: &str, at: usize) -> Option<usize> {
    let line = text.get(at..)?.split('\n').next()?;
    Some(at + line.trim_end_matches('\r').len())
}

/// The end of a scalar in one line.
fn scalar_end(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let length = match rest.chars().next()? {
        '"' => {
            let mut is_escaped = false;
            let close = rest.char_indices().skip(1).find(|(_, c)| {
                let closes = *c == '"' && !is_escaped;
                is_escaped = *c == '\\' && !is_escaped;
                closes
            });
            close?.0 + 1
        }
        '\'' => {
            // Two of them are one in the text.
            let mut at = 1;
            loop {
                at += rest.get(at..)?.find('\'')? + 1;
                if !rest.get(at..)?.starts_with('\'') {
                    break at;
                }
                at += 1;
            }
        }
        _ => {
            let end = rest.find([',', ']', '}', '\n']).unwrap_or(rest.len());
            rest.get(..end)?.split(" #").next()?.trim_end().len()
        }
    };
    Some(at + length)
}

/// The lines of an entry with their places.
fn lines<'a>(text: &'a str, place: &Range<usize>) -> Option<Vec<(usize, &'a str)>> {
    let mut at = place.start;
    let lines = text.get(place.clone())?.split_inclusive('\n').map(|line| {
        let start = at;
        at += line.len();
        (start, line)
    });
    Some(lines.collect())
}

/// Whether a line has something that stands so far in, or further.
fn is_inside(line: &str, column: usize) -> bool {
    let words = line.trim();
    !words.is_empty() && !words.starts_with('#') && line.len() - line.trim_start_matches(' ').len() >= column
}

/// A key of the entry with its value, up to the end of their last line.
fn block(text: &str, place: &Range<usize>, column: usize, key: &str) -> Option<Range<usize>> {
    let lines = lines(text, place)?;
    let is_key = |(_, line): &(usize, &str)| {
        let rest = line.get(column..).and_then(|rest| rest.strip_prefix(key));
        rest.is_some_and(|rest| rest.trim_start().starts_with(':'))
    };
    let first = lines.iter().position(is_key)?;
    let (start, _) = lines.get(first)?;
    let mut end = line_end(text, *start)?;
    for (at, line) in lines.iter().skip(first + 1) {
        if is_inside(line, column + 1) {
            end = line_end(text, *at)?;
        } else if !line.trim().is_empty() && !line.trim().starts_with('#') {
            break;
        }
    }
    Some(start + column..end)
}

/// The end of the last line of an entry that is neither empty nor a comment.
fn last_line_end(text: &str, place: &Range<usize>, column: usize) -> Option<usize> {
    let lines = lines(text, place)?;
    let first = lines.first()?.0;
    let last = lines.iter().rfind(|(_, line)| is_inside(line, column)).map_or(first, |(at, _)| *at);
    line_end(text, last)
}

fn apply(text: &str, mut edits: Edits) -> Option<String> {
    edits.sort_by_key(|(place, _)| std::cmp::Reverse(place.start));
    let mut changed = text.to_owned();
    for (place, with) in edits {
        text.get(place.clone())?;
        changed.replace_range(place, &with);
    }
    Some(changed)
}
