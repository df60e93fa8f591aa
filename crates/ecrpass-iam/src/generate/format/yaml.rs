//! Documents as YAML, with a comment at every action.

use super::json::{Json, VERSION, statement};
use crate::generate::draft::{Draft, NewStatement};
use crate::purpose::purpose;

/// The lines of a document that stands at that indentation.
pub fn document(draft: &Draft, indent: usize) -> Vec<String> {
    let space = " ".repeat(indent);
    let mut lines = vec![format!("{space}Version: \"{VERSION}\""), format!("{space}Statement:")];
    for statement in &draft.statements {
        lines.push(format!("{space}  # {}", statement.comment));
        lines.extend(statement_lines(statement, indent + 2));
    }
    lines
}

fn statement_lines(new: &NewStatement, indent: usize) -> Vec<String> {
    let Json::Object(members) = statement(new) else { return Vec::new() };
    let mut lines = Vec::new();
    for (key, value) in members {
        let value = match (key.as_str(), value) {
            // Each action has a line, and room for why it is there.
            ("Action", Json::Text(one)) => Json::List(vec![Json::Text(one)]),
            (_, value) => value,
        };
        member(&key, &value, indent + 2, &mut lines);
    }
    // The first line begins the item.
    if let Some(first) = lines.first_mut() {
        *first = format!("{}- {}", " ".repeat(indent), first.trim_start());
    }
    lines
}

fn member(key: &str, value: &Json, indent: usize, lines: &mut Vec<String>) {
    let space = " ".repeat(indent);
    let key = scalar(key);
    match value {
        Json::Text(text) => lines.push(format!("{space}{key}: {}", scalar(text))),
        Json::List(items) => {
            lines.push(format!("{space}{key}:"));
            let texts: Vec<(&str, String)> = items
                .iter()
                .filter_map(|item| match item {
                    Json::Text(text) => Some((text.as_str(), scalar(text))),
                    _ => None,
                })
                .collect();
            let width = texts.iter().map(|(_, item)| item.len()).max().unwrap_or_default();
            for (text, item) in texts {
                let line = purpose(text).map_or_else(|| item.clone(), |why| format!("{item:width$} # {why}"));
                lines.push(format!("{space}  - {line}"));
            }
        }
        Json::Object(members) => {
            lines.push(format!("{space}{key}:"));
            for (key, value) in members {
                member(key, value, indent + 2, lines);
            }
        }
    }
}

/// A text as YAML has it: plain where nothing in it means something else, else as JSON has it, which YAML reads.
pub fn scalar(text: &str) -> String {
    let is_plain =
        text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.' | b':'))
            && text.starts_with(|c: char| c.is_ascii_alphabetic())
            && !text.ends_with(':')
            && !matches!(
                text.to_ascii_lowercase().as_str(),
                "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n"
            );
    if is_plain { text.to_owned() } else { ecrpass_json::quoted(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_else_is_quoted() {
        for (text, expected) in [
            ("ecr:PutImage", "ecr:PutImage"),
            ("team/app", "team/app"),
            ("arn:aws:iam::123456789012:role/ci", "arn:aws:iam::123456789012:role/ci"),
            ("*", "\"*\""),
            ("123456789012", "\"123456789012\""),
            ("2012-10-17", "\"2012-10-17\""),
            ("no", "\"no\""),
            ("a: b", "\"a: b\""),
            ("a #b", "\"a #b\""),
            ("x:", "\"x:\""),
            ("", "\"\""),
        ] {
            assert_eq!(scalar(text), expected);
        }
    }
}
