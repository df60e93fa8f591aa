//! A changed document in the file that holds it: what a patch changes is the file, as it is.

use std::ops::Range;

use crate::document::Document;
use crate::source::Source;

/// Where a document stands in its file.
#[derive(Clone, Debug)]
pub struct Within {
    source: Source,
    pub(super) span: Range<usize>,
}

impl PartialEq for Within {
    fn eq(&self, other: &Self) -> bool {
        self.span == other.span && self.source.file_text() == other.source.file_text()
    }
}

impl Eq for Within {}

impl Within {
    /// `None` where the file does not hold the document's text byte for byte.
    pub(super) fn of(document: &Document) -> Option<Self> {
        let source = document.source.clone();
        source.is_file().then(|| Self { source, span: document.span.clone() })
    }

    /// The text of the file, before any change.
    pub fn file_text(&self) -> &str {
        self.source.file_text()
    }
}
