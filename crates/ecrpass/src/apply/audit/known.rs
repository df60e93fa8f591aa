//! What an audit asked, and so which findings of a baseline it can say anything of: the others stay as they are.

use std::path::{Path, PathBuf};

use ecrpass_audit::audit::{AlmostIgnore, UnusedIgnore};
use ecrpass_audit::baseline::{Entry, Identity, Known};
use ecrpass_audit::elsewhere::UsedIgnore;
use ecrpass_audit::live;
use ecrpass_audit::rule::Rule;
use ecrpass_core::DiagnosisId;

use crate::collect::audit_tree::Scope;
use crate::collect::baseline_file::{self, Former};
use crate::error::CommandError;
use crate::render::ui::{GOOD, Ui, styled};
use crate::system::named_output::{Access, NamedOutput};

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

/// How a baseline is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteBaseline<'a> {
    /// Where to, if that was said.
    pub to: Option<&'a Path>,
    /// It is only said how much it would be.
    pub dry_run: bool,
}

/// A baseline that is to be written.
pub(super) struct Writing {
    path: PathBuf,
    output: NamedOutput,
    former: Former,
    dry_run: bool,
}

impl Writing {
    /// Looks at the place, and at what is there.
    ///
    /// # Errors
    /// When it cannot be written, or something else than a baseline is there.
    pub(super) fn prepare(
        how: WriteBaseline<'_>,
        configured: Option<PathBuf>,
        scope: &Scope,
    ) -> Result<Self, CommandError> {
        let path = how
            .to
            .map(Path::to_owned)
            .or(configured)
            .unwrap_or_else(|| PathBuf::from(baseline_file::DEFAULT));
        // It is checked in, for everybody.
        let output = NamedOutput::prepare(&path, Access::Umask)?;
        let former = output
            .replaced()
            .map_or(Ok(Former::None), |file| baseline_file::former(file, how.to.is_none()))?;
        if let (Former::Damaged(why), true) = (&former, scope.asked.is_some()) {
            return Err(CommandError::could_not_run(
                format!(
                    "{} is damaged, and what it says of other files would be lost: {why}.",
                    path.display()
                ),
                "write it anew for the whole repository: leave the paths, --staged and --since out",
            ));
        }
        Ok(Self { path, output, former, dry_run: how.dry_run })
    }

    /// Writes what was found, and what is known of what was not looked at, or not to its end.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn write<'a>(
        self,
        found: impl Iterator<Item = Identity<'a>>,
        asked: &Asked<'_>,
        scope: &Scope,
        ui: &mut Ui,
    ) -> Result<(), CommandError> {
        let Self { path, output, former, dry_run } = self;
        let known = match &former {
            Former::Known(known) => Some(known),
            Former::None => None,
            Former::Damaged(why) => {
                ui.note(&format!("note: {} was damaged, and is written anew: {why}.", path.display()));
                None
            }
        };
        let baseline =
            baseline_file::of(known, found, |entry| !asked.is_of(entry) || !scope.has(&entry.path));
        let count = baseline.findings.len();
        let holds = format!("{count} finding{}", if count == 1 { "" } else { "s" });
        if dry_run {
            return Ok(ui.result(&format!("{} would hold {holds}", path.display()))?);
        }
        output.write(&baseline_file::text(&baseline)?, ui)?;
        // Standard output is the baseline's then.
        if output.is_standard() {
            ui.note(&format!("The baseline holds {holds}."));
            return Ok(());
        }
        Ok(ui.result(&format!("{} {} holds {holds}", styled(GOOD, "✓"), path.display()))?)
    }
}

/// Comments that look as if they were to leave something out.
pub(super) fn tell_almost(almost: &[AlmostIgnore], shown: &dyn Fn(&str) -> String, ui: &mut Ui) {
    for AlmostIgnore { path, line } in almost {
        ui.note(&format!(
            "note: {}:{line}: this comment leaves nothing out; one that does is written `ecrpass: ignore[rule] reason`.",
            shown(path)
        ));
    }
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
pub(super) fn tell_gone(known: Option<&Known<'_>>, asked: &Asked<'_>, scope: &Scope, ui: &mut Ui) {
    let is_meant = |entry: &Entry| asked.is_of(entry) && scope.has(&entry.path);
    let gone = known.map_or(0, |known| known.left(is_meant));
    if gone > 0 {
        ui.note(&format!(
            "note: {gone} of the baseline's findings are there no more; --write-baseline takes them out."
        ));
    }
}
