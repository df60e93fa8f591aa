//! What an audit asked, and so which findings of a baseline it can say anything of: the others stay as they are.

use std::path::Path;

use ecrpass_audit::audit::UnusedIgnore;
use ecrpass_audit::baseline::{Baseline, Entry, Identity, Known};
use ecrpass_audit::elsewhere::UsedIgnore;
use ecrpass_audit::live;
use ecrpass_audit::rule::Rule;
use ecrpass_core::DiagnosisId;

use crate::collect::baseline_file;
use crate::error::CommandError;
use crate::render::ui::Ui;
use crate::system::atomic_file::{Original, Replaced};

/// What was asked.
pub(super) struct Asked<'a> {
    /// The rules.
    pub rules: &'a [&'a Rule],
    /// Only pipelines were looked at.
    pub only_pipelines: bool,
    /// A team's own policies were asked.
    pub policies: bool,
    /// AWS was asked.
    pub aws: bool,
}

impl Asked<'_> {
    /// Whether the rule of that name was asked; none where there is no such rule, as far as is known.
    pub(super) fn of_rule(&self, name: &str) -> Option<bool> {
        if DiagnosisId::parse(name).is_some() {
            return Some(self.rules.iter().any(|rule| rule.id.slug() == name));
        }
        if live::RULES.contains(&name) {
            return Some(self.aws);
        }
        // `main.deny_x`: a package and a rule.
        name.contains('.').then_some(self.policies)
    }

    /// Whether a finding of a baseline would be found again, were it still there.
    pub(super) fn is_of(&self, entry: &Entry) -> bool {
        match entry.path.starts_with(live::AT_AWS) {
            true => self.aws,
            // Of a file that is not there it is not known what it was.
            false => !self.only_pipelines && self.of_rule(&entry.id).unwrap_or(true),
        }
    }
}

/// Writes a baseline: what was found, and what was not asked for. So many findings are in it.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write_baseline<'a>(
    path: &Path,
    known: Option<&Baseline>,
    found: impl Iterator<Item = Identity<'a>>,
    asked: &Asked<'_>,
) -> Result<usize, CommandError> {
    let baseline = baseline_file::of(known, found, |entry| !asked.is_of(entry));
    if Original::read(path)?.replace_only(&baseline_file::text(&baseline)?)? != Replaced::Done {
        return Err(CommandError::problems(
            format!("{} was changed meanwhile; it was left as it is.", path.display()),
            "run it again",
        ));
    }
    Ok(baseline.findings.len())
}

/// Comments that leave nothing out; of those that others' rules are named in, where these were asked.
pub(super) fn tell_unused(
    unused: Vec<UnusedIgnore>,
    used: &[UsedIgnore],
    asked: &Asked<'_>,
    shown: &dyn Fn(&str) -> String,
    ui: &mut Ui,
) {
    for UnusedIgnore { path, line, slug, is_known } in unused {
        let name = shown(&path);
        let is_used = used.iter().any(|(of, at, by)| (of, at, by) == (&path, &line, &slug));
        match (is_known, asked.of_rule(&slug)) {
            _ if is_used => {}
            (false, Some(false)) => {}
            (false, None) => ui.note(&format!(
                "note: {name}:{line}: `ignore[{slug}]` names no rule; `ecrpass explain --list` names them."
            )),
            _ => ui.note(&format!("note: {name}:{line}: `ignore[{slug}]` ignores nothing; it can go.")),
        }
    }
}

/// How many findings of a baseline are there no more.
pub(super) fn tell_gone(known: Option<&Known<'_>>, asked: &Asked<'_>, ui: &mut Ui) {
    let gone = known.map_or(0, |known| known.left(|entry| asked.is_of(entry)));
    if gone > 0 {
        ui.note(&format!(
            "note: {gone} of the baseline's findings are there no more; --write-baseline takes them out."
        ));
    }
}
