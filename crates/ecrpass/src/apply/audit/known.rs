//! What an audit asked, and so which findings of a baseline it can say anything of: the others stay as they are.

use std::path::Path;

use ecrpass_audit::baseline::{Baseline, Entry, Identity};
use ecrpass_audit::live;
use ecrpass_core::DiagnosisId;

use super::{Wanted, counted};
use crate::collect::baseline_file;
use crate::error::CommandError;
use crate::render::ui::{GOOD, Ui, styled};
use crate::system::atomic_file::{Original, Replaced};

/// What was asked.
pub(super) struct Asked<'a>(&'a Wanted<'a>);

impl<'a> Asked<'a> {
    /// What is wanted.
    pub(super) fn of(wanted: &'a Wanted<'a>) -> Self {
        Self(wanted)
    }

    /// Whether the rule of that name was asked; none where there is no such rule, as far as is known.
    pub(super) fn of_rule(&self, name: &str) -> Option<bool> {
        if DiagnosisId::parse(name).is_some() {
            return Some(self.0.rules.iter().any(|rule| rule.id.slug() == name));
        }
        if live::RULES.contains(&name) {
            return Some(self.0.asks_aws);
        }
        // `main.deny_x`: a package and a rule.
        name.contains('.').then_some(self.0.asks_policies)
    }

    /// Whether a finding of a baseline would be found again, were it still there.
    pub(super) fn is_of(&self, entry: &Entry) -> bool {
        match entry.path.starts_with(live::AT_AWS) {
            true => self.0.asks_aws,
            // Of a file that is not there it is not known what it was.
            false => !self.0.only_pipelines && self.of_rule(&entry.id).unwrap_or(true),
        }
    }
}

/// Writes a baseline: what was found, and what was not asked for.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write_baseline<'a>(
    path: &Path,
    known: Option<&Baseline>,
    found: impl Iterator<Item = Identity<'a>>,
    asked: &Asked<'_>,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let baseline = baseline_file::of(known, found, |entry| !asked.is_of(entry));
    if Original::read(path)?.replace_only(&baseline_file::text(&baseline)?)? != Replaced::Done {
        return Err(CommandError::problems(
            format!("{} was changed meanwhile; it was left as it is.", path.display()),
            "run it again",
        ));
    }
    let count = baseline.findings.len();
    ui.result(&format!("{} {} holds {}", styled(GOOD, "✓"), path.display(), counted(count, "finding")))?;
    Ok(())
}
