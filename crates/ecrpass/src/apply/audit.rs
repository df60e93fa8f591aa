//! An audit, from its files to what is said: what `ecrpass audit` and `ecrpass ci lint` have in common.

mod fixing;
mod known;
mod unread;

use std::collections::HashSet;
use std::path::Path;

use ecrpass_audit::audit::{Found, Question, Report, audit};
use ecrpass_audit::baseline::{Baseline, Identity};
use ecrpass_audit::elsewhere::{FoundElsewhere, without_ignored};
use ecrpass_audit::fixing::Fixed;
use ecrpass_audit::kind::FileKind;
use ecrpass_audit::rule::Rule;
use ecrpass_audit::settings::Settings;
use ecrpass_audit::source::{SourceFile, Tree};
use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::{Action, Finding, OwnCommand, Severity};

use self::fixing::Wish;
pub use self::known::WriteBaseline;
use self::known::{Asked, Writing};
use self::unread::Unread;
use crate::collect::audit_settings::{self, AuditSettings, Trust};
use crate::collect::audit_tree::host::is_open_to_others;
use crate::collect::audit_tree::{AuditTree, Scope};
use crate::collect::baseline_file;
use crate::error::CommandError;
use crate::render::findings::{ForPeople, print};
use crate::render::format::FindingsFormat as Format;
use crate::render::report;
use crate::render::ui::Ui;

/// From when on it is a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOn {
    /// Errors
    Error,
    /// Errors and warnings
    #[default]
    Warning,
    /// Any finding
    Note,
    /// Nothing
    Never,
}

impl FailOn {
    fn is_failed(self, severity: Severity) -> bool {
        match self {
            Self::Error => severity == Severity::Error,
            Self::Warning => severity != Severity::Note,
            Self::Note => true,
            Self::Never => false,
        }
    }
}

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fixing {
    /// Nothing.
    Nothing,
    /// What can be fixed.
    Files {
        /// What needs asking, too.
        with_unsafe: bool,
        /// It is only shown.
        dry_run: bool,
    },
}

/// What is wanted.
pub struct Wanted<'a> {
    /// The rules that look.
    pub rules: Vec<&'a Rule>,
    /// Only pipelines are looked at.
    pub only_pipelines: bool,
    /// A team's own policies are asked.
    pub asks_policies: bool,
    /// AWS is asked.
    pub asks_aws: bool,
    /// The file of settings, if one was named.
    pub config: Option<&'a Path>,
    /// What is changed.
    pub fixing: Fixing,
    /// The file of what is known, if one was named.
    pub baseline: Option<&'a Path>,
    /// What is found is written down as known.
    pub write_baseline: Option<WriteBaseline<'a>>,
    /// Settings, and what they name, are only read in the tree itself.
    pub distrust: bool,
    /// From when on it is a failure.
    pub fail_on: FailOn,
    /// How it is printed.
    pub format: Format,
}

impl Wanted<'_> {
    fn asked(&self) -> Asked<'_> {
        Asked {
            rules: &self.rules,
            only_pipelines: self.only_pipelines,
            policies: self.asks_policies,
            aws: self.asks_aws,
        }
    }
}

/// What comes of all trees together.
#[derive(Default)]
struct Sum {
    left: Vec<Finding>,
    fixed: Vec<Finding>,
    found: Vec<Found>,
    found_elsewhere: Vec<FoundElsewhere>,
    ignored: usize,
    known: usize,
    looked_at: usize,
    unread: Unread,
    is_dry_run: bool,
}

/// A tree that was looked at, for those who look further.
pub struct Looked<'a> {
    /// Its files, with fixes made.
    pub tree: &'a Tree,
    /// Only in these something is looked for.
    pub only: Option<&'a HashSet<String>>,
    /// How bad what is found there is to it.
    pub settings: &'a Settings,
}

/// What else looks at a tree than the rules: a team's own policies, AWS's settings.
pub type Further<'a> = dyn FnMut(&Looked<'_>, &mut Ui) -> Result<Vec<FoundElsewhere>, CommandError> + 'a;

/// Looks at trees, and says what is found.
///
/// # Errors
/// [`CommandError::Found`] when something is found that counts.
pub fn run(trees: Vec<AuditTree>, wanted: &Wanted<'_>, here: &Path, ui: &mut Ui) -> Result<(), CommandError> {
    run_further(trees, wanted, &mut |_, _| Ok(Vec::new()), here, ui)
}

/// The same, with what somebody else finds in the trees.
///
/// # Errors
/// [`CommandError::Found`] when something is found that counts, and those of the other.
pub fn run_further(
    trees: Vec<AuditTree>,
    wanted: &Wanted<'_>,
    further: &mut Further<'_>,
    here: &Path,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    if wanted.write_baseline.is_some() && trees.len() > 1 {
        return Err(CommandError::could_not_run(
            "A baseline is one repository's, and the paths are in several.",
            "write one for each of them",
        ));
    }
    let is_dry_run = matches!(wanted.fixing, Fixing::Files { dry_run: true, .. });
    let mut sum = Sum { is_dry_run, ..Sum::default() };
    let mut writing = None;
    let mut scope = Scope::default();
    for tree in trees {
        let trust = if wanted.distrust { Trust::InTheTree } else { Trust::Everywhere };
        let AuditSettings { settings, baseline } =
            audit_settings::settings(wanted.config, &tree.root, trust)?;
        if let (Some(of_tree), None, Some(WriteBaseline { to: None, .. })) =
            (&baseline, wanted.baseline, wanted.write_baseline)
        {
            // What a repository says is no reason to write outside of it.
            Trust::InTheTree.check(of_tree, &tree.root)?;
        }
        let baseline = wanted.baseline.map(Path::to_owned).or(baseline);
        let known = match (&baseline, wanted.write_baseline) {
            (_, Some(how)) => {
                writing = Some(Writing::prepare(how, baseline, &tree.scope)?);
                None
            }
            (Some(path), None) => Some(baseline_file::load(path)?),
            (None, None) => None,
        };
        scope = one(tree, &settings, wanted, known.as_ref(), further, here, &mut sum, ui)?;
    }
    sum.unread.tell(ui);
    if sum.left.is_empty() && sum.fixed.is_empty() {
        sum.unread.refuse_to_say_that_all_is_well(sum.looked_at)?;
    }
    if let Some(writing) = writing {
        let found = sum.found.iter().map(Identity::from);
        let found = found.chain(sum.found_elsewhere.iter().map(Identity::from));
        return writing.write(found, &wanted.asked(), &scope, ui);
    }
    sum.left.sort_by_key(|finding| finding.severity);
    let is_failed = |finding: &Finding| wanted.fail_on.is_failed(finding.severity);
    // What is only shown is still to be done.
    let fails = sum.left.iter().any(is_failed) || is_dry_run && sum.fixed.iter().any(is_failed);
    let summary = summary(&sum);
    let nothing = match sum.fixed.is_empty() {
        true => format!("Nothing was found in {}.", files(sum.looked_at)),
        false => format!("Nothing else was found in {}.", files(sum.looked_at)),
    };
    let mut findings = sum.left;
    if wanted.format == Format::Json {
        findings.extend(sum.fixed);
    }
    match print(findings, wanted.format, ForPeople { list: report::audited, nothing: &nothing, note: "" }, ui)
    {
        // Nobody reads on, and what was found is still a failure.
        Err(CommandError::BrokenPipe) if fails => return Err(CommandError::Found),
        printed => printed?,
    }
    ui.notes(summary);
    if fails { Err(CommandError::Found) } else { Ok(()) }
}

/// Looks at one tree; gives the files of it that anything can be said of now.
#[allow(clippy::too_many_arguments)] // what they all look at, and what comes of it
fn one(
    tree: AuditTree,
    settings: &Settings,
    wanted: &Wanted<'_>,
    known: Option<&Baseline>,
    further: &mut Further<'_>,
    here: &Path,
    sum: &mut Sum,
    ui: &mut Ui,
) -> Result<Scope, CommandError> {
    let AuditTree { tree: files, only, scope, root, is_repository, mut skipped, looked_at } = tree;
    skipped.retain(|skipped| !settings.leaves_out(&skipped.tree_path(&root)));
    let question = Question {
        rules: &wanted.rules,
        settings,
        only: only.as_ref(),
        only_pipelines: wanted.only_pipelines,
    };
    let mut place = AuditTree {
        tree: Default::default(),
        only: None,
        scope,
        root,
        is_repository,
        skipped: Vec::new(),
        looked_at,
    };
    let (report, fixed, files) = match wanted.fixing {
        Fixing::Nothing => (audit(&files, &question), Vec::new(), files),
        Fixing::Files { with_unsafe, dry_run } => {
            let wish = Wish { question: &question, with_unsafe, dry_run, format: wanted.format };
            let Fixed { tree, fixed, left, .. } = fixing::fix_files(
                files,
                &wish,
                &|path| place.real(path),
                &|path| place.shown(path, here),
                ui,
            )?;
            (left, fixed, tree)
        }
    };
    let is_dry_run = sum.is_dry_run;
    let Report { found, unused_ignores, almost_ignores, ignored, damages, read_in_part } = report;
    place.scope.skipped.extend(read_in_part);
    let asked = wanted.asked();
    let elsewhere = further(&Looked { tree: &files, only: only.as_ref(), settings }, ui)?;
    let asked_elsewhere = elsewhere.len();
    let (elsewhere, used) = without_ignored(&files, elsewhere);
    sum.ignored += ignored + asked_elsewhere - elsewhere.len();
    known::tell_unused(unused_ignores, &used, &asked, &|path| place.shown(path, here), ui);
    known::tell_almost(&almost_ignores, &|path| place.shown(path, here), ui);
    let mut left = known.map(Baseline::known);
    let mut is_new = |identity: Identity<'_>| !left.as_mut().is_some_and(|left| left.has(identity));
    let before = found.len() + elsewhere.len();
    let new: Vec<Found> = found.into_iter().filter(|found| is_new(Identity::from(found))).collect();
    let new_elsewhere: Vec<FoundElsewhere> =
        elsewhere.into_iter().filter(|found| is_new(Identity::from(found))).collect();
    known::tell_gone(left.as_ref().filter(|_| only.is_none()), &asked, &place.scope, ui);
    sum.known += before - new.len() - new_elsewhere.len();
    let is_asked = |file: &&SourceFile| {
        matches!(file.kind, FileKind::Pipeline(_))
            && only.as_ref().is_none_or(|only| only.contains(&file.path))
    };
    let meant = match wanted.only_pipelines {
        true => files.files().iter().filter(is_asked).count(),
        false => looked_at,
    };
    sum.looked_at += looked_at.saturating_sub(damages.len());
    sum.unread.whole += meant.saturating_sub(damages.len());
    sum.unread.add(skipped, damages, &|path| place.shown(path, here));
    for found in &new {
        sum.left.push(shown(found, &place, here));
    }
    for found in &new_elsewhere {
        let mut finding = found.finding.clone();
        for evidence in finding.evidence.iter_mut().filter(|evidence| files.get(&evidence.source).is_some()) {
            evidence.source = place.shown(&evidence.source, here);
        }
        sum.left.push(finding);
    }
    for found in &fixed {
        let mut finding = shown(found, &place, here);
        for fix in finding.fixes.iter_mut().filter(|_| !is_dry_run) {
            fix.applied |= matches!(fix.action, Action::Ecrpass(OwnCommand::AuditFix { .. }));
        }
        sum.fixed.push(finding);
    }
    sum.found.extend(new);
    sum.found_elsewhere.extend(new_elsewhere);
    Ok(place.scope)
}

/// A finding with paths as they are told.
fn shown(found: &Found, place: &AuditTree, here: &Path) -> Finding {
    let mut finding = found.finding.clone();
    let stored = [DiagnosisId::LiveTokenStored, DiagnosisId::AccessKeyInFile];
    if !place.is_repository
        && stored.contains(&found.id)
        && is_open_to_others(&place.root, &place.real(&found.path))
    {
        // What its owner may have there is another matter where everybody may read it.
        finding.severity = Severity::Error;
        finding.consequences.push("other users of this machine may read the file".to_owned());
    }
    for evidence in &mut finding.evidence {
        evidence.source = place.shown(&evidence.source, here);
    }
    for fix in &mut finding.fixes {
        if let Action::Ecrpass(OwnCommand::AuditFix { path, .. }) = &mut fix.action {
            *path = place.shown(path, here);
        }
    }
    finding
}

fn summary(sum: &Sum) -> Vec<String> {
    let count = |severity| sum.left.iter().filter(|finding| finding.severity == severity).count();
    let kinds = [("error", Severity::Error), ("warning", Severity::Warning), ("note", Severity::Note)];
    let counts: Vec<String> = kinds
        .iter()
        .map(|(word, severity)| (count(*severity), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| counted(count, word))
        .collect();
    let mut lines = Vec::new();
    if !counts.is_empty() {
        lines.push(format!("{}; {} looked at.", counts.join(", "), files(sum.looked_at)));
    }
    let besides = [
        (sum.fixed.len(), if sum.is_dry_run { "would be fixed" } else { "fixed" }),
        (sum.ignored, "ignored by comments"),
        (sum.known, "known by the baseline"),
    ];
    let besides: Vec<String> = besides
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if !besides.is_empty() {
        lines.push(format!("Besides: {}.", besides.join(", ")));
    }
    lines
}

fn files(count: usize) -> String {
    counted(count, "file")
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
