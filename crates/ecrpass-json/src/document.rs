//! The text of a configuration file, and where its members stand in it.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::lines::Lines;
use crate::parser::{SyntaxError, TRAILING, parse_first};
use crate::position::Position;
use crate::value::{JsonKind, Member, Value};

/// How many values a configuration may hold: five for each of ten thousand registries.
pub const MAX_VALUES: usize = 50_000;

/// A configuration file, parsed.
pub struct Document {
    text: Arc<Zeroizing<String>>,
    root: Value,
    lines: Lines,
    trailing: Option<usize>,
}

/// Which member of which object: the member's number at every level from the root. Numbers and not names, because
/// names may occur twice.
pub type Pointer = Vec<usize>;

/// A file's text that cannot be read as a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidDocument {
    /// Where it was noticed.
    pub place: Position,
    /// What is wrong.
    pub message: String,
    /// The line, with the place marked and secrets hidden.
    pub excerpt: String,
    /// Whether it is a limit of this program that stopped the reading: nothing is known to be wrong with the text.
    pub is_limit: bool,
}

impl fmt::Display for InvalidDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for InvalidDocument {}

impl InvalidDocument {
    fn at(text: &str, offset: usize, message: String) -> Self {
        let place = Position::of(text, offset);
        Self { place, message, excerpt: place.excerpt(text), is_limit: false }
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} bytes)", self.text.len())
    }
}

impl Document {
    /// Reads a file's text. An empty file counts as `{}`, as it does for docker; a byte order mark in front is kept.
    ///
    /// # Errors
    /// [`InvalidDocument`] when the text is no JSON, or no JSON object.
    pub fn parse(text: &str) -> Result<Self, InvalidDocument> {
        Self::parse_first(text)?.alone()
    }

    /// Reads a file's text as Go's decoder does: whatever stands behind the first value is not looked at.
    ///
    /// # Errors
    /// [`InvalidDocument`] when the text does not begin with a JSON object.
    pub fn parse_first(text: &str) -> Result<Self, InvalidDocument> {
        Self::parse_shared(&Arc::new(Zeroizing::new(text.to_owned())))
    }

    /// The same of a text that others hold as well: of a large file, a second copy is much.
    ///
    /// # Errors
    /// As [`Self::parse_first`].
    pub fn parse_shared(text: &Arc<Zeroizing<String>>) -> Result<Self, InvalidDocument> {
        if text.trim().is_empty() {
            return Self::read(Arc::new(Zeroizing::new("{}\n".to_owned())));
        }
        Self::read(Arc::clone(text))
    }

    /// Itself, unless something stands behind the object.
    fn alone(self) -> Result<Self, InvalidDocument> {
        match self.trailing {
            Some(offset) => Err(InvalidDocument::at(&self.text, offset, TRAILING.to_owned())),
            None => Ok(self),
        }
    }

    /// What is edited keeps what stands behind the object, and gets nothing there that was not.
    pub(crate) fn reread(&self, text: Zeroizing<String>) -> Result<Self, InvalidDocument> {
        let edited = Self::read(Arc::new(text))?;
        if self.trailing.is_some() { Ok(edited) } else { edited.alone() }
    }

    fn read(shared: Arc<Zeroizing<String>>) -> Result<Self, InvalidDocument> {
        let text = shared.as_str();
        let mark = byte_order_mark(text);
        // Parsed with blanks in the mark's place, so that the offsets are the file's.
        let marked = (mark > 0)
            .then(|| Zeroizing::new(format!("{}{}", " ".repeat(mark), text.get(mark..).unwrap_or_default())));
        let readable = marked.as_ref().map_or(text, |marked| marked.as_str());
        let (root, trailing) =
            parse_first(MAX_VALUES, readable).map_err(|SyntaxError { offset, message, is_limit }| {
                InvalidDocument { is_limit, ..InvalidDocument::at(text, offset, message) }
            })?;
        if root.members().is_none() {
            let message = format!("the configuration must be an object, not {}", root.kind_name());
            return Err(InvalidDocument::at(text, root.span.start, message));
        }
        let lines = Lines::new(text);
        Ok(Self { text: shared, root, lines, trailing })
    }

    /// Where something stands behind the configuration, if anything does.
    pub fn trailing(&self) -> Option<usize> {
        self.trailing
    }

    /// The text, as it would be written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is that very text, or one that reads the same.
    pub fn is_of(&self, text: &Arc<Zeroizing<String>>) -> bool {
        Arc::ptr_eq(&self.text, text) || self.text == *text
    }

    /// The outermost object.
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// Whether the text begins with a byte order mark, which Go's clients refuse.
    pub fn has_byte_order_mark(&self) -> bool {
        byte_order_mark(&self.text) > 0
    }

    /// The place of a byte.
    pub fn place(&self, offset: usize) -> Position {
        self.lines.position(&self.text, offset)
    }

    /// The member a pointer leads to.
    pub fn member(&self, pointer: &[usize]) -> Option<&Member> {
        let (last, path) = pointer.split_last()?;
        let mut value = &self.root;
        for &index in path {
            value = &value.members()?.get(index)?.value;
        }
        value.members()?.get(*last)
    }

    /// The object a pointer leads to; the root for an empty one.
    pub(crate) fn object(&self, pointer: &[usize]) -> Option<&Value> {
        let value = if pointer.is_empty() { &self.root } else { &self.member(pointer)?.value };
        value.members().is_some().then_some(value)
    }
}

/// The length of the byte order mark in front, in bytes.
pub(crate) fn byte_order_mark(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

/// Whether a value may stand for "nothing": `null` means an absent member to Go.
pub fn is_null(value: &Value) -> bool {
    matches!(value.kind, JsonKind::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_object_is_refused_with_its_place() {
        let error = Document::parse("\n  [1]").unwrap_err();
        assert_eq!(error.place.to_string(), "2:3");
        assert_eq!(error.to_string(), "the configuration must be an object, not an array");
        let error = Document::parse("{\n  \"auths\": {\n").unwrap_err();
        assert_eq!(error.place.to_string(), "3:1");
    }

    #[test]
    fn so_many_values_are_read_and_no_more() {
        // The object itself is one, and so is the object in it.
        let with = |members: usize| {
            let members: Vec<String> = (0..members).map(|n| format!("\"{n}\":1")).collect();
            Document::parse(&format!("{{\"auths\":{{{}}}}}", members.join(",")))
        };
        assert!(with(MAX_VALUES - 2).is_ok());
        let error = with(MAX_VALUES - 1).unwrap_err();
        assert_eq!(error.to_string(), "there are more than 50000 values in it");
        assert!(error.is_limit && !Document::parse("{").unwrap_err().is_limit);
    }
}
