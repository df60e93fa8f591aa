//! Where the text of a document stands: in a file of its own, or as a string inside of another file. Places are always
//! those of the outer file, so that whoever reads them finds what is meant.

use std::ops::Range;
use std::sync::Arc;

use ecrpass_json::{Lines, Position};

/// A text, and where its bytes stand in the file it comes from.
#[derive(Clone, Debug)]
pub struct Source {
    name: Arc<str>,
    outer: Arc<Outer>,
    /// The text and the way back; `None` where it is the file's own.
    inner: Option<Arc<Inner>>,
}

#[derive(Debug)]
struct Outer {
    text: String,
    lines: Lines,
}

#[derive(Debug)]
struct Inner {
    text: String,
    runs: Runs,
}

/// Pieces that stand in both texts byte for byte, by where they begin here and there; in between are escapes.
pub type Runs = Vec<(usize, usize)>;

impl Source {
    /// A file.
    pub fn file(name: &str, text: &str) -> Self {
        let outer = Outer { text: text.to_owned(), lines: Lines::new(text) };
        Self { name: name.into(), outer: Arc::new(outer), inner: None }
    }

    /// A text that was decoded from a piece of this one; `runs` leads from its bytes to this one's.
    #[must_use]
    pub fn inside(&self, text: String, runs: Runs) -> Self {
        let runs = runs.into_iter().map(|(here, there)| (here, self.outside(there))).collect();
        Self {
            name: self.name.clone(),
            outer: self.outer.clone(),
            inner: Some(Arc::new(Inner { text, runs })),
        }
    }

    /// The same text under another name.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        Self { name: name.into(), ..self.clone() }
    }

    /// What the file is called.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.inner.as_ref().map_or(&self.outer.text, |inner| &inner.text)
    }

    /// The file's text.
    pub fn file_text(&self) -> &str {
        &self.outer.text
    }

    /// Whether the text is the file's own, byte for byte.
    pub fn is_file(&self) -> bool {
        self.inner.is_none()
    }

    /// Where a byte of the text stands in the file.
    pub fn outside(&self, offset: usize) -> usize {
        let Some(inner) = &self.inner else { return offset };
        let after = inner.runs.partition_point(|&(here, _)| here <= offset);
        let run = after.checked_sub(1).and_then(|index| inner.runs.get(index));
        run.map_or(offset, |&(here, there)| there + (offset - here))
    }

    /// Where a piece of the text stands in the file.
    pub fn range(&self, range: &Range<usize>) -> Range<usize> {
        self.outside(range.start)..self.outside(range.end)
    }

    /// Line and column of a byte of the text, in the file.
    pub fn position(&self, offset: usize) -> Position {
        self.outer.lines.position(&self.outer.text, self.outside(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lead_back_to_the_file() {
        let file = Source::file("f", "{\n \"p\": \"a\\\"b\"}");
        // `a"b`, whose quote is an escape in the file.
        let inner = file.inside("a\"b".to_owned(), vec![(0, 9), (1, 10), (2, 12)]);
        assert_eq!((inner.outside(0), inner.outside(1), inner.outside(2), inner.outside(3)), (9, 10, 12, 13));
        assert_eq!(inner.position(2).to_string(), "2:11");
        assert_eq!(inner.range(&(0..3)), 9..13);
        assert!(file.is_file() && !inner.is_file() && inner.file_text() == file.text());
        // One more string inside of that one.
        let deepest = inner.inside("b".to_owned(), vec![(0, 2)]);
        assert_eq!(deepest.outside(0), 12);
    }
}
