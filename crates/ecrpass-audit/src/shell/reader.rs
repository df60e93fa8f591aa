//! The reader of a script's text: where it stands, and what it carries along.

use std::ops::Range;

use super::state::State;
use crate::known::Known;
use crate::passage::Passage;

/// How deep constructs are followed into each other.
pub(super) const DEEPEST: usize = 24;

/// How many quotes and here-documents without an end are looked for.
pub(super) const WITHOUT_END: usize = 64;

/// A reader of a script's text, or of one that stands in it.
pub(super) struct Reader<'r, 's, 'v> {
    pub(super) text: &'r str,
    pub(super) passage: &'r Passage,
    pub(super) at: usize,
    pub(super) end: usize,
    pub(super) state: &'s mut State<'v>,
    /// What the shell around this script puts in before it runs, in the text's order.
    pub(super) opaque: Vec<(Range<usize>, Known)>,
    /// Commands whose output goes into the word that is being read.
    pub(super) captured: Vec<usize>,
    /// Here-documents that begin at the next line.
    pub(super) pending: Vec<Pending>,
    /// How many of them, and of quotes, had no end.
    pub(super) without_end: usize,
}

/// What a command became.
pub(super) struct Emitted {
    pub(super) range: Range<usize>,
    /// The one that reads its input.
    pub(super) first: Option<usize>,
}

/// A here-document that begins at the next line.
pub(super) struct Pending {
    pub(super) tag: String,
    pub(super) is_quoted: bool,
    pub(super) without_tabs: bool,
    pub(super) command: Option<usize>,
}

impl<'r, 's, 'v> Reader<'r, 's, 'v> {
    pub(super) fn new(passage: &'r Passage, state: &'s mut State<'v>) -> Self {
        let text = passage.text();
        Self {
            text,
            passage,
            at: 0,
            end: text.len(),
            state,
            opaque: Vec::new(),
            captured: Vec::new(),
            pending: Vec::new(),
            without_end: 0,
        }
    }
}
