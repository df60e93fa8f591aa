//! A configuration as the checks see it, and what they propose.

use ecrpass_core::DiagnosisId;
use ecrpass_core::redact::redact;
use ecrpass_json::{Document, Edit, Moved, Position};

use super::change::{Change, KnownMachine, Safety};
use super::meaning::Configured;
use super::working::WorkingLogins;
use crate::docker_config::DockerConfig;

/// A change and the edit that makes it; none for what is done by hand.
pub(super) struct Proposal {
    pub(super) change: Change,
    pub(super) offset: usize,
    pub(super) edit: Option<Edit>,
    /// Whether it waits until no other edit is left to make: it puts a member in where others may still go.
    pub(super) waits: bool,
}

impl Proposal {
    /// The same, which may as well be left.
    pub(super) fn optional(mut self) -> Self {
        self.change.optional = true;
        self
    }

    /// Whether it gives a field of the file the name that clients read.
    pub(super) fn renames_a_field(&self) -> bool {
        matches!(&self.edit, Some(Edit::Rename(pointer, _)) if pointer.len() == 1)
    }

    /// The same, at the place it had in the old file.
    pub(super) fn at(mut self, place: Option<Position>) -> Self {
        self.change.place = place.unwrap_or(self.change.place);
        self
    }
}

/// A file as the checks see it.
pub(super) struct View<'a> {
    pub(super) document: &'a Document,
    pub(super) config: &'a DockerConfig,
    /// The ECR registries the file was made for.
    pub(super) configured: &'a [Configured],
    pub(super) known: &'a KnownMachine<'a>,
    /// The file as it was.
    pub(super) original: &'a Document,
    /// How the edits made so far moved its bytes.
    pub(super) moved: &'a [Moved],
    /// What the file holds for each registry.
    pub(super) logins: &'a WorkingLogins,
}

/// The place a byte had in a file before these edits moved it.
pub(super) fn place(original: &Document, moved: &[Moved], offset: usize) -> Position {
    original.place(moved.iter().rev().fold(offset, |offset, moved| moved.before(offset)))
}

impl View<'_> {
    /// The place a byte of the document had in the file as it was.
    pub(super) fn place(&self, offset: usize) -> Position {
        place(self.original, self.moved, offset)
    }

    /// A change, and the edit that makes it.
    pub(super) fn proposal(
        &self,
        id: DiagnosisId,
        offset: usize,
        problem: impl Into<String>,
        fix: impl Into<String>,
        safety: Safety,
        edit: Option<Edit>,
    ) -> Proposal {
        let place = self.place(offset);
        // What cannot be edited is left to the user's hands.
        let safety = if edit.is_some() { safety } else { Safety::Manual };
        // A key may hold a password: `user:password@host`.
        let shown = |text: String| redact(&text).into_owned();
        let change = Change {
            id,
            place,
            problem: shown(problem.into()),
            fix: shown(fix.into()),
            safety,
            optional: false,
        };
        Proposal { change, offset, edit, waits: false }
    }
}
