//! Edits of IAM documents in the language they are written in, with the layout they have.

use std::ops::Range;

use ecrpass_iam::document::model::Statement;

use super::policies::{Form, FoundPolicy};
use crate::edit::{FileEdit, Replacement, Safety};

/// A statement that allows one action on everything, put in front of another one.
pub fn insert_before(
    text: &str,
    policy: &FoundPolicy,
    statement: &Statement,
    action: &str,
    summary: &str,
) -> Option<FileEdit> {
    // Inside of a string every quote would have to be escaped.
    if !is_plain(text, policy, &statement.span) {
        return None;
    }
    let start = policy.range(&statement.span).start;
    let line = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let front = text.get(line..start)?;
    let indent: String = front.chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    // In a list of its own lines, or beside others on one line.
    let is_first = front.trim().is_empty();
    let behind = if is_first { format!("{ending}{indent}") } else { " ".to_owned() };
    let (at, new) = match policy.form {
        Form::HclBlocks => {
            let inner = format!("{indent}  ");
            let block = format!(
                "statement {{{ending}{inner}actions   = [\"{action}\"]{ending}{inner}resources = [\"*\"]{ending}{indent}}}{ending}{ending}{indent}"
            );
            (start, is_first.then_some(block)?)
        }
        Form::Yaml if front.trim() == "-" => {
            let inner = format!("{indent}  ");
            let item = format!(
                "{indent}- Effect: Allow{ending}{inner}Action: {action}{ending}{inner}Resource: \"*\"{ending}"
            );
            (line, item)
        }
        Form::Yaml => {
            is_in_list(policy)?;
            (start, format!("{{ Effect: Allow, Action: {action}, Resource: \"*\" }},{behind}"))
        }
        Form::Json => {
            is_in_list(policy)?;
            let members = format!("\"Effect\": \"Allow\", \"Action\": \"{action}\", \"Resource\": \"*\"");
            (start, format!("{{ {members} }},{behind}"))
        }
        Form::HclObject => {
            is_in_list(policy)?;
            let members = format!("Effect = \"Allow\", Action = \"{action}\", Resource = \"*\"");
            (start, format!("{{ {members} }},{behind}"))
        }
    };
    let replacements = vec![Replacement { bytes: at..at, text: new }];
    Some(FileEdit { summary: summary.to_owned(), safety: Safety::Safe, replacements })
}

/// Further actions in a statement's list, in the layout it has.
pub fn add_actions(
    text: &str,
    policy: &FoundPolicy,
    statement: &Statement,
    actions: &[&str],
    summary: &str,
) -> Option<FileEdit> {
    if !is_plain(text, policy, &statement.span) {
        return None;
    }
    let items = &statement.actions.items;
    let last = policy.range(&items.last()?.span);
    let written = text.get(last.clone())?;
    let quote =
        written.chars().next().filter(|c| matches!(c, '"' | '\'')).map(String::from).unwrap_or_default();
    let quoted = |action: &&str| format!("{quote}{action}{quote}");
    let list = policy.range(&statement.actions.value_span);
    let is_list = text.get(list.clone()).is_some_and(|list| list.starts_with('[')) || items.len() > 1;
    let new = if let Some(dash) = dash_before(text, last.start).filter(|_| items.len() == 1) {
        put_behind(&last, &dash, actions.iter().map(quoted))
    } else if is_list {
        let separator = match items.as_slice() {
            [.., before, _] => separator(text, policy.range(&before.span).end, last.start)?,
            _ => ", ".to_owned(),
        };
        put_behind(&last, &separator, actions.iter().map(quoted))
    } else if list == last {
        let all: Vec<String> =
            std::iter::once(written.to_owned()).chain(actions.iter().map(quoted)).collect();
        Replacement { bytes: last, text: format!("[{}]", all.join(", ")) }
    } else {
        return None;
    };
    Some(FileEdit { summary: summary.to_owned(), safety: Safety::Safe, replacements: vec![new] })
}

/// Further items behind one.
fn put_behind(last: &Range<usize>, separator: &str, items: impl Iterator<Item = String>) -> Replacement {
    Replacement { bytes: last.end..last.end, text: items.map(|item| format!("{separator}{item}")).collect() }
}

/// The break, the indentation and the dash of a list of YAML whose only item begins there.
fn dash_before(text: &str, start: usize) -> Option<String> {
    let front = text.get(..start)?;
    let line = front.get(front.rfind('\n')? + 1..)?;
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    (line.trim() == "-").then(|| format!("{ending}{line}"))
}

/// What stands between two items: a comma, or a new line with a dash; a comment there belongs to one of them only.
fn separator(text: &str, end: usize, start: usize) -> Option<String> {
    let between = text.get(end..start)?;
    let is_layout = between.chars().all(|c| c.is_whitespace() || matches!(c, ',' | '-'));
    is_layout.then(|| between.to_owned())
}

/// Whether the statements are a list, to which one can be added.
fn is_in_list(policy: &FoundPolicy) -> Option<()> {
    let span = policy.document.statements_span.clone()?;
    let text = policy.document.source.text();
    text.get(span).filter(|list| list.trim_start().starts_with('[')).map(|_| ())
}

/// Whether a piece of a document stands in the file as it is, not in a string with escapes, and not put together.
fn is_plain(text: &str, policy: &FoundPolicy, span: &Range<usize>) -> bool {
    let source = &policy.document.source;
    let here = policy.range(span);
    let piece = text.get(here.clone()).unwrap_or_default();
    let is_whole = source.is_file() || !piece.contains("\\\"");
    is_whole && here.start < here.end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_layout_is_repeated() {
        assert_eq!(separator("a, b", 1, 3).as_deref(), Some(", "));
        assert_eq!(separator("a\n  - b", 1, 6).as_deref(), Some("\n  - "));
        assert_eq!(separator("a, # x\n b", 1, 8), None);
    }
}
