//! What an audit could not read. That nothing was found there is no good news, and is not told as such.

use ecrpass_audit::source::Damage;

use crate::collect::audit_tree::Skipped;
use crate::error::CommandError;
use crate::render::ui::Ui;

/// How many files that were not looked at are named, and how many that break off.
const NAMED: usize = 5;

/// What was not read, of all trees together.
#[derive(Debug, Default)]
pub(super) struct Unread {
    skipped: Vec<Skipped>,
    damages: Vec<Damage>,
    /// How many files of those that are meant were read to their ends.
    pub(super) whole: usize,
}

impl Unread {
    /// Adds what was not read of a tree; `shown` is how its paths are told.
    pub(super) fn add(
        &mut self,
        skipped: Vec<Skipped>,
        damages: Vec<Damage>,
        shown: &dyn Fn(&str) -> String,
    ) {
        self.skipped.extend(skipped);
        self.damages.extend(damages.into_iter().map(|damage| Damage { path: shown(&damage.path), ..damage }));
    }

    /// Says so.
    pub(super) fn tell(&self, ui: &mut Ui) {
        let Self { skipped, damages, .. } = self;
        for Skipped { path, why, .. } in skipped.iter().take(NAMED) {
            ui.note(&format!("note: {} was not looked at: {why}.", path.display()));
        }
        if skipped.len() > NAMED {
            ui.note(&format!("note: {} more were not looked at.", skipped.len() - NAMED));
        }
        if skipped.iter().any(|skipped| skipped.is_denied) {
            ui.note("  Next: run it as root to see all of them");
        }
        for Damage { path, line, why } in damages.iter().take(NAMED) {
            let why = why.trim_end_matches('.');
            ui.note(&format!("note: {path}:{line}: it breaks off here, and was looked at in part: {why}."));
        }
        if damages.len() > NAMED {
            ui.note(&format!("note: {} more break off, and were looked at in part.", damages.len() - NAMED));
        }
    }

    /// Where nothing was found, that has to be because something was read. So many files were, whether they are meant
    /// or not.
    ///
    /// # Errors
    /// When nothing was.
    pub(super) fn refuse_to_say_that_all_is_well(&self, looked_at: usize) -> Result<(), CommandError> {
        let is_fine = match self.damages.is_empty() {
            true => looked_at > 0 || self.skipped.is_empty(),
            false => self.whole > 0,
        };
        if is_fine {
            return Ok(());
        }
        let next = if self.skipped.iter().any(|skipped| skipped.is_denied) {
            "check who may read the files, or run it as somebody who may"
        } else if self.damages.is_empty() {
            "name other files, or write what is in them to files of text"
        } else {
            "correct what is named above: whoever runs it cannot read it either"
        };
        Err(CommandError::could_not_run("Nothing could be read to its end.", next))
    }
}
