//! Edits of YAML that keep the rest of the file byte for byte: a line put in, a value replaced.

use std::ops::Range;

use crate::edit::{FileEdit, Replacement, Safety};
use crate::source::SourceFile;
use crate::yaml::Node;

/// An edit with these replacements.
pub fn edit(summary: &str, safety: Safety, replacements: Vec<Replacement>) -> FileEdit {
    FileEdit { summary: summary.to_owned(), safety, replacements }
}

/// A value in place of another.
pub fn replaced(summary: &str, safety: Safety, bytes: Range<usize>, text: impl Into<String>) -> FileEdit {
    edit(summary, safety, vec![Replacement { bytes, text: text.into() }])
}

/// The same of a value that stands in one line: a block's bytes reach to what follows it.
pub fn replaced_in_line(
    file: &SourceFile,
    summary: &str,
    safety: Safety,
    bytes: Range<usize>,
    text: impl Into<String>,
) -> Option<FileEdit> {
    let written = file.text.get(bytes.clone())?;
    (!written.contains('\n') && !written.starts_with(['|', '>']))
        .then(|| replaced(summary, safety, bytes, text))
}

/// The byte at which the line of a byte begins.
pub fn line_start(text: &str, byte: usize) -> usize {
    text.get(..byte).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1)
}

/// The byte behind the line of a byte, its break included.
pub fn line_end(text: &str, byte: usize) -> usize {
    text.get(byte..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| byte + at + 1)
}

/// The break that the file's lines end with.
pub fn line_break(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// A member put into a mapping in front of its first one; `key` are the bytes of the mapping's key. Nothing for a
/// mapping that is written in another way than a block or `{}`.
pub fn member_added(text: &str, key: &Range<usize>, member: &str) -> Option<Replacement> {
    let end = line_end(text, key.end);
    let rest = text.get(key.end..end)?;
    let value = rest.trim_start().strip_prefix(':')?.split(" #").next()?.trim();
    if let Some(inside) = value.strip_prefix('{') {
        let at = key.end + rest.find('{')? + 1;
        let gap = match inside.chars().next() {
            _ if inside.trim_start().starts_with('}') => "",
            Some(' ') => ",",
            _ => ", ",
        };
        return Some(Replacement { bytes: at..at, text: format!("{member}{gap}") });
    }
    if !value.is_empty() && !value.starts_with('#') {
        return None;
    }
    // The first line behind that holds something.
    let own = indentation(text, line_start(text, key.start));
    let mut at = end;
    while at < text.len() {
        let line = text.get(at..line_end(text, at))?;
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            at += line.len();
            continue;
        }
        let inner = indentation(text, at);
        let is_inside = inner.len() > own.len() && !content.starts_with("- ");
        return is_inside
            .then(|| Replacement { bytes: at..at, text: format!("{inner}{member}{}", line_break(text)) });
    }
    None
}

/// `id-token: write` in a block of permissions: in the place of another level, or as a member more. `key` are the bytes of
/// the block's key. Nothing where it is written in another way, as an alias.
pub fn token_allowed(text: &str, key: &Range<usize>, block: &Node) -> Option<Replacement> {
    let Some((name, level)) = block.entry("id-token") else {
        return member_added(text, key, "id-token: write");
    };
    let is_beside = |between: &str| between.trim_matches([' ', ':']).is_empty();
    let is_line = text.get(level.bytes.clone()).is_some_and(|level| !level.contains(['\n', '|', '>']));
    let is_own = is_line
        && level.text().is_some()
        && text.get(name.bytes.end..level.bytes.start).is_some_and(is_beside);
    is_own.then(|| Replacement { bytes: level.bytes.clone(), text: "write".to_owned() })
}

/// The blanks that begin a line.
pub fn indentation(text: &str, line_start: usize) -> &str {
    let line = text.get(line_start..).unwrap_or_default();
    let length = line.len() - line.trim_start_matches(' ').len();
    line.get(..length).unwrap_or_default()
}

/// The bytes of a value without its quotes.
pub fn without_quotes(text: &str, bytes: &Range<usize>) -> Range<usize> {
    let is_quoted = text.get(bytes.clone()).is_some_and(|value| {
        value.len() >= 2
            && ['"', '\''].iter().any(|quote| value.starts_with(*quote) && value.ends_with(*quote))
    });
    if is_quoted { bytes.start + 1..bytes.end - 1 } else { bytes.clone() }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)] // a test's way of failing
mod tests {
    use super::*;
    use crate::edit::apply;

    fn added(text: &str) -> Option<String> {
        let at = text.find("permissions").unwrap();
        let replacement = member_added(text, &(at..at + 11), "id-token: write")?;
        Some(apply(text, &[&edit("", Safety::Safe, vec![replacement])]).0)
    }

    #[test]
    fn a_level_that_is_there_is_replaced() {
        let allowed = |text: &str| {
            let documents = crate::yaml::read(text).unwrap();
            let (key, block) = documents[0].entry("permissions").unwrap();
            let replacement = token_allowed(text, &key.bytes, block)?;
            Some(apply(text, &[&edit("", Safety::Safe, vec![replacement])]).0)
        };
        for (text, expected) in [
            (
                "permissions:\n  contents: read\n  id-token: none # why\n",
                "permissions:\n  contents: read\n  id-token: write # why\n",
            ),
            (
                "permissions: {contents: read, id-token: none}\n",
                "permissions: {contents: read, id-token: write}\n",
            ),
            ("permissions: {\"id-token\": \"read\"}\n", "permissions: {\"id-token\": write}\n"),
            ("permissions:\n  contents: read\n", "permissions:\n  id-token: write\n  contents: read\n"),
        ] {
            assert_eq!(allowed(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(allowed("x: &a none\npermissions:\n  id-token: *a\n").as_deref(), None);
        assert_eq!(allowed("permissions:\n  id-token:\n  contents: read\n").as_deref(), None);
    }

    #[test]
    fn a_line_is_put_into_a_mapping() {
        assert_eq!(
            added("a:\n  permissions: # why\n\n    contents: read\n").unwrap(),
            "a:\n  permissions: # why\n\n    id-token: write\n    contents: read\n"
        );
        assert_eq!(added("permissions: {}\n").unwrap(), "permissions: {id-token: write}\n");
        assert_eq!(
            added("permissions: { contents: read }").unwrap(),
            "permissions: {id-token: write, contents: read }"
        );
        assert_eq!(
            added("permissions:\r\n  contents: read\r\n").unwrap(),
            "permissions:\r\n  id-token: write\r\n  contents: read\r\n"
        );
        assert_eq!(added("permissions: read-all\n"), None);
        assert_eq!(added("permissions:\nb: 1\n"), None);
    }
}
