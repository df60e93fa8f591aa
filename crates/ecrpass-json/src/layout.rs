//! How a file is laid out, so that what is added looks like its neighbours.

use std::ops::Range;

use crate::document::Document;
use crate::value::{Member, Value};

/// How the file is laid out.
pub(crate) struct Style {
    /// Whether members stand on lines of their own.
    pub(crate) lines: bool,
    newline: &'static str,
    /// The indentation of one level.
    indent: String,
}

impl Style {
    /// Judged by the first member of the file.
    pub(crate) fn of(document: &Document) -> Self {
        let (text, root) = (document.text(), document.root());
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let first = root.members().and_then(<[Member]>::first);
        let before = first.map(|first| between(text, root.span.start + 1..first.key_span.start));
        match before {
            // An empty object: as docker writes it.
            None => Self { lines: true, newline, indent: "\t".to_owned() },
            Some(before) => Self {
                lines: before.contains('\n'),
                newline,
                indent: before.rsplit('\n').next().unwrap_or_default().to_owned(),
            },
        }
    }

    /// The start of a line at a level; nothing where members do not stand on lines of their own.
    pub(crate) fn line(&self, level: usize) -> String {
        if self.lines { format!("{}{}", self.newline, self.indent.repeat(level)) } else { String::new() }
    }
}

/// Whether an object's members stand on lines of their own.
pub(crate) fn members_on_lines(text: &str, object: &Value) -> bool {
    let first = object.members().and_then(<[Member]>::first);
    first.is_some_and(|first| between(text, object.span.start..first.key_span.start).contains('\n'))
}

/// The text between two bytes of it.
pub(crate) fn between(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}
