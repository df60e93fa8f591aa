//! New commands in place of a login, in a script that stands in YAML: in a block its lines are replaced, and a value of one
//! line becomes a block.

use std::ops::Range;

use ecrpass_audit::edit::Replacement;
use ecrpass_audit::yaml::{Node, Style};

use crate::convert::chains::Chain;
use crate::convert::lines;
use crate::convert::locate::{self, Hop};
use crate::convert::work::Obstacle;

/// The replacements that put the new commands in place of a login.
///
/// # Errors
/// The place whose quoting is not one that is rewritten.
pub fn instead(
    text: &str,
    documents: &[Node],
    chain: &Chain<'_>,
    new: &[String],
) -> Result<Vec<Replacement>, Obstacle> {
    let mut replacements = Vec::new();
    for (index, gone) in chain.lines.iter().enumerate() {
        let byte = chain.commands.iter().map(|command| command.start).find(|start| gone.contains(start));
        let byte = byte.unwrap_or(gone.start);
        let way = locate::way(documents, byte);
        let not_understood = || {
            Obstacle::new(
                byte..byte + 1,
                "The login does not stand in a script of its own lines here.",
                "write the script as a block (|), with the login in a line of its own",
            )
        };
        let Some(scalar) = way.last().map(|hop| hop.node).filter(|node| node.text().is_some()) else {
            return Err(not_understood());
        };
        let lines_in = if index == 0 { new } else { &[] };
        let is_in_block = scalar.style() == Some(Style::Literal)
            && gone.start > lines::whole(text, &(scalar.bytes.start..scalar.bytes.start + 1)).start;
        let left = left_over(text, gone, &chain.commands);
        if is_in_block {
            if !is_nothing(&left) {
                return Err(not_understood());
            }
            replacements.push(lines::instead(
                text,
                gone.clone(),
                lines::indent_of(text, gone.start),
                lines_in,
            ));
            continue;
        }
        // All of the value has to be the login.
        let value = trimmed(text, &scalar.bytes);
        let inside = left_over(text, &value, &chain.commands);
        if !is_nothing(inside.trim_start_matches(['|', '>', '+', '-', '\'', '"'])) {
            return Err(not_understood());
        }
        if lines_in.is_empty() {
            replacements.push(without_item(text, &way, &value).ok_or_else(not_understood)?);
            continue;
        }
        let indent = format!("{}  ", base(text, &way));
        let block: String = std::iter::once("|".to_owned())
            .chain(lines_in.iter().map(|line| format!("{indent}{line}")))
            .collect::<Vec<_>>()
            .join(ecrpass_audit::jobs::edits::line_break(text));
        replacements.push(Replacement { bytes: value, text: block });
    }
    replacements.dedup();
    Ok(replacements)
}

/// The blanks in front of whatever a block belongs to: its key, or the mark of its item.
fn base(text: &str, way: &[Hop<'_>]) -> String {
    let Some(last) = way.last() else { return String::new() };
    match last.key {
        Some(key) => lines::column(text, key.bytes.start),
        None => lines::indent_of(text, last.node.bytes.start).to_owned(),
    }
}

/// An item of a list, whole.
fn without_item(text: &str, way: &[Hop<'_>], value: &Range<usize>) -> Option<Replacement> {
    let last = way.last()?;
    let whole = lines::whole(text, value);
    let before = text.get(whole.start..value.start)?;
    (last.key.is_none() && before.trim() == "-").then(|| Replacement { bytes: whole, text: String::new() })
}

/// A place without the blanks and breaks at its end.
fn trimmed(text: &str, bytes: &Range<usize>) -> Range<usize> {
    let length = text.get(bytes.clone()).map_or(0, |value| value.trim_end().len());
    bytes.start..bytes.start + length
}

/// What is on lines beside these commands.
pub fn left_over(text: &str, whole: &Range<usize>, commands: &[Range<usize>]) -> String {
    let mut left = String::new();
    for (at, character) in text.get(whole.clone()).unwrap_or_default().char_indices() {
        let byte = whole.start + at;
        if !commands.iter().any(|command| command.contains(&byte)) {
            left.push(character);
        }
    }
    left
}

/// Whether that is no command: blanks, pipes, the signs of a substitution; a comment.
pub fn is_nothing(left: &str) -> bool {
    left.lines().all(|line| {
        let line = line.split(" #").next().unwrap_or_default().trim();
        let line = line.trim_start_matches("- ");
        line.starts_with('#') || line.chars().all(|c| " \t|\\$()\"'`;".contains(c)) || is_assignment(line)
    })
}

/// `PASSWORD=`, of a password that is fetched into a variable.
fn is_assignment(line: &str) -> bool {
    let line = line.trim_start_matches("export ").trim_start_matches("local ");
    line.split_once('=').is_some_and(|(name, rest)| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && rest.chars().all(|c| " \t$()\"'`;".contains(c))
    })
}
