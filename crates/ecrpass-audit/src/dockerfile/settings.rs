//! The names and values of `ARG` and `ENV`, which the parser leaves as one text.

use std::ops::Range;

/// A name with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSetting {
    /// Its name.
    pub name: String,
    /// Its value without quotes; `None` where there is none (`ARG X`).
    pub value: Option<String>,
    /// Its bytes, name and value.
    pub bytes: Range<usize>,
}

/// The settings of an instruction's arguments. `ENV NAME the rest` is an older form that `ARG` does not have.
pub(super) fn read(text: &str, span: &Range<usize>, is_variable: bool) -> Vec<ImageSetting> {
    let Some(source) = text.get(span.clone()) else { return Vec::new() };
    let mut found = Vec::new();
    let mut at = skip_blanks(source, 0);
    while at < source.len() {
        let start = at;
        let rest = source.get(at..).unwrap_or_default();
        let length = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let name = rest.get(..length).unwrap_or_default().to_owned();
        at += length;
        let value = if source.as_bytes().get(at) == Some(&b'=') {
            let (value, end) = word(source, at + 1);
            at = end;
            Some(value)
        } else if is_variable
            && found.is_empty()
            && source.get(at..).is_some_and(|rest| rest.starts_with(' '))
            && is_old_form(source, at)
        {
            // `ENV NAME the rest of the line`.
            let value = source.get(at..).unwrap_or_default().trim().to_owned();
            at = source.len();
            Some(value)
        } else {
            None
        };
        let end = start + source.get(start..at).unwrap_or_default().trim_end().len();
        if !name.is_empty() && name != "\\" {
            found.push(ImageSetting { name, value, bytes: span.start + start..span.start + end });
        }
        let next = skip_blanks(source, at);
        at = if next == start { next + 1 } else { next };
        while !source.is_char_boundary(at) {
            at += 1;
        }
    }
    found
}

/// Whether the next word is a value, not another name: only `ENV` has that form, and then no `=` in the first word.
fn is_old_form(source: &str, at: usize) -> bool {
    let next = source.get(at..).unwrap_or_default().trim_start();
    !next.is_empty()
        && !next.starts_with('\\')
        && !next.split_whitespace().next().unwrap_or_default().contains('=')
        && !next.starts_with('#')
}

/// Blanks, breaks with a `\` before them, and lines that are comments.
fn skip_blanks(source: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        let rest = source.get(at..).unwrap_or_default();
        let trimmed = rest.trim_start();
        let blanks = rest.len() - trimmed.len();
        let is_new_line = rest.get(..blanks).is_some_and(|blanks| blanks.contains('\n'));
        if trimmed.starts_with("\\\n")
            || trimmed.starts_with("\\\r\n")
            || trimmed.starts_with('`') && trimmed.get(1..2) == Some("\n")
        {
            at += blanks + 1;
        } else if is_new_line && trimmed.starts_with('#') {
            at += blanks + trimmed.find('\n').unwrap_or(trimmed.len());
        } else {
            return at + blanks;
        }
    }
}

/// A word with its quotes taken off, and where it ends.
fn word(source: &str, from: usize) -> (String, usize) {
    let mut value = String::new();
    let mut quote = None;
    let rest = source.get(from..).unwrap_or_default();
    let mut characters = rest.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match (character, quote) {
            ('\'' | '"', None) => quote = Some(character),
            (_, Some(open)) if character == open => quote = None,
            ('\\', _) if quote != Some('\'') => match characters.next() {
                Some((_, '\n')) if quote.is_none() => return (value, from + at),
                Some((_, next)) => value.push(next),
                None => {}
            },
            (_, None) if character.is_whitespace() => return (value, from + at),
            _ => value.push(character),
        }
    }
    (value, source.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_are_read() {
        for (text, expected) in [
            ("A", vec![("A", None)]),
            ("A=1", vec![("A", Some("1"))]),
            ("A=1 B='x y' C=\"$D\"", vec![("A", Some("1")), ("B", Some("x y")), ("C", Some("$D"))]),
            ("A=1 \\\n  # no\n  B=2", vec![("A", Some("1")), ("B", Some("2"))]),
            ("NAME the rest", vec![("NAME", Some("the rest"))]),
            ("A=", vec![("A", Some(""))]),
            ("A B C=1", vec![("A", Some("B C=1"))]),
        ] {
            let found = read(text, &(0..text.len()), true);
            let found: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.value.as_deref())).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
