//! Edits of a file that are made on trial: what the file says before and after, and whether that is what was meant.

use std::ops::Range;

use crate::audit::{Found, Report};
use crate::edit::{FileEdit, apply};
use crate::models::{Common, Shelf};
use crate::skeleton::{Skeleton, differs, moved};
use crate::source::Tree;

/// At how many places a removal is tried: a quote, or the blanks and quotes between two entries.
const SLIDES: usize = 64;

/// Edits of a file.
pub(super) struct Attempt {
    /// The file's place in the tree.
    pub(super) index: usize,
    /// What is fixed by them.
    pub(super) made: Vec<Found>,
    /// The text that the tree has not: the new one before it is put, then the old one.
    other: String,
    /// The bytes that are replaced, and the lengths of what comes in their place.
    replaced: Vec<(Range<usize>, usize)>,
}

/// The edits of these findings, as far as they fit together; nothing where they change nothing.
pub(super) fn attempt(tree: &Tree, index: usize, found: Vec<Found>) -> Option<Attempt> {
    let file = tree.files().get(index)?;
    let edits: Vec<&FileEdit> = found.iter().filter_map(|found| found.edit.as_ref()).collect();
    let (other, made) = apply(&file.text, &edits);
    if other == file.text {
        return None;
    }
    let mut replaced: Vec<(Range<usize>, usize)> = edits
        .iter()
        .zip(&made)
        .filter(|(_, made)| **made)
        .flat_map(|(edit, _)| &edit.replacements)
        .map(|replacement| (replacement.bytes.clone(), replacement.text.len()))
        .collect();
    replaced.sort_by_key(|(bytes, _)| (bytes.start, bytes.end));
    replaced.dedup();
    let made = found.iter().zip(made).filter(|(_, made)| *made).map(|(found, _)| found.clone()).collect();
    Some(Attempt { index, made, other, replaced })
}

impl Attempt {
    /// Puts the other text into the tree: the new one, or the old one again.
    pub(super) fn put(&mut self, tree: &mut Tree) {
        if let Some(file) = tree.files_mut().get_mut(self.index) {
            std::mem::swap(&mut file.text, &mut self.other);
        }
    }

    /// Why the new text is not what was meant.
    pub(super) fn judged(
        &self,
        before: Option<&Skeleton>,
        after: Option<&Skeleton>,
        report: &Report,
    ) -> Option<String> {
        let (Some(before), Some(after)) = (before, after) else {
            return Some("the file could not be read again".to_owned());
        };
        let different = differs(before, after, &self.replaced);
        let is_meant =
            different.is_some() && self.places().any(|bytes| differs(before, after, &[(bytes, 0)]).is_none());
        different.filter(|_| !is_meant).or_else(|| {
            let is_left = |found: &&Found| self.is_left(found, report);
            self.made.iter().find(is_left).map(|_| "what was found would still be there".to_owned())
        })
    }

    /// The other places at which the same could have been taken out: of `"a", "b"`, `"a", ` or `a", "`. Only while the old
    /// text is the other one.
    fn places(&self) -> impl Iterator<Item = Range<usize>> {
        let text = self.other.as_bytes();
        let mut bytes = match self.replaced.as_slice() {
            [(bytes, 0)] => Some(bytes.clone()),
            _ => None,
        };
        std::iter::from_fn(move || {
            let Range { start, end } = bytes.clone()?;
            let before = start.checked_sub(1)?;
            bytes = (text.get(before)? == text.get(end.checked_sub(1)?)?).then(|| before..end - 1);
            bytes.clone()
        })
        .take(SLIDES)
    }

    /// Whether a finding is still there, at the place where it is then.
    fn is_left(&self, fixed: &Found, report: &Report) -> bool {
        let start = *moved(fixed.bytes.start, &self.replaced).start();
        let end = *moved(fixed.bytes.end, &self.replaced).end();
        report.found.iter().any(|found| {
            found.id == fixed.id
                && found.path == fixed.path
                && found.finding.title == fixed.finding.title
                && found.bytes.start <= end
                && start <= found.bytes.end
        })
    }
}

/// What is parsed of files that are edited, in the order of the attempts.
pub(super) struct Readings(Vec<Option<Skeleton>>);

impl Readings {
    /// Reads them as they are in the tree now.
    pub(super) fn of(tree: &Tree, attempts: &[Attempt]) -> Self {
        let common = Common::default();
        let shelf = Shelf::new(tree, &common);
        Self(
            attempts
                .iter()
                .map(|attempt| shelf.models(attempt.index).map(|models| Skeleton::of(&models)))
                .collect(),
        )
    }

    /// One of them.
    pub(super) fn get(&self, nth: usize) -> Option<&Skeleton> {
        self.0.get(nth).and_then(Option::as_ref)
    }
}
