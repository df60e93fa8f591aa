//! What `ecrpass fix` says of the files it looked through.

use std::collections::BTreeMap;
use std::path::Path;

use anstyle::AnsiColor;
use ecrpass_clients::repair::{Change, Repair, Safety};
use ecrpass_core::redact::redact;
use ecrpass_core::{CommandLine, DiagnosisId};
use ecrpass_diagnosis::finding::{Finding, Severity};

use crate::apply::around_files;
use crate::apply::helper_place::Helper;
use crate::apply::outcome::FileOutcome;
use crate::apply::pull_secrets::RenewedSecret;
use crate::apply::repair::RepairedFile;
use crate::error::CommandError;
use crate::render::diff::{diff, diff_of_logins};
use crate::render::ui::{BAD, DIM, GOOD, STRONG, Ui, styled};

/// The helper that had to be put in place first.
pub fn tell_placed(helper: &Helper, dry_run: bool, ui: &mut Ui) -> Result<(), CommandError> {
    if let Some([what, link]) = helper.shown(dry_run) {
        ui.result(&styled(STRONG, &what))?;
        ui.result(&styled(GOOD, &link))?;
        ui.result("")?;
    }
    Ok(())
}

/// A change in one line, for what passes through a filter.
pub fn line(source: &str, change: &Change) -> String {
    let how = match change.safety {
        Safety::Safe => styled(GOOD, "fixed"),
        Safety::Unsafe => styled(AnsiColor::Yellow.on_default(), "unsafe"),
        Safety::Manual => styled(BAD, "by hand"),
    };
    format!("  {how} {source}:{} [{}] {}: {}", change.place, change.id, change.problem, change.fix)
}

/// A file: what was wrong with it, and what was done. `undo` is the command that takes it back.
pub fn tell(
    path: &Path,
    file: &RepairedFile,
    dry_run: bool,
    undo: &CommandLine,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let (outcome, mode) = (&file.outcome, file.mode.as_deref());
    let name = redact(&path.display().to_string()).into_owned();
    let is_well = !matches!(outcome, FileOutcome::Invalid(_)) && outcome.repairs().all(is_nothing);
    if is_well && mode.is_none() {
        return Ok(ui.result(&format!("{} {name}: nothing to repair", styled(GOOD, "✓")))?);
    }
    let done = if dry_run { styled(DIM, "·") } else { styled(GOOD, "✓") };
    match outcome {
        FileOutcome::Invalid(error) => {
            ui.result(&format!("{} {name}:{}: {error}", styled(BAD, "✗"), error.place))?;
            ui.results(error.excerpt.lines())?;
            ui.result(match error.is_limit {
                true => "  Next: edit it by hand; ecrpass reads no more of a file, the clients do",
                false => "  Next: correct it by hand; until then clients treat the file as empty, or stop",
            })?;
            ui.result("")?;
            return Ok(());
        }
        FileOutcome::Repaired { old, repair } => {
            ui.result(&styled(STRONG, &name))?;
            if !repair.changes.is_empty() {
                ui.results(diff(&name, old, repair.document.text()))?;
            }
            tell_repair(repair, &done, ui)?;
        }
        FileOutcome::Secrets(renewed) => {
            ui.result(&styled(STRONG, &name))?;
            for secret in &renewed.secrets {
                tell_secret(&name, secret, &done, ui)?;
            }
        }
    }
    if let Some(problem) = mode {
        ui.results(item(&done, "", DiagnosisId::ConfigFilePermission, problem, around_files::MAKE_PRIVATE))?;
    }
    let is_changed = outcome.new_text().is_some();
    if is_changed && let FileOutcome::Secrets(_) = outcome {
        let apply = CommandLine::shell("kubectl apply -f").path(path.display().to_string());
        let then = if dry_run { "Then" } else { "Next" };
        ui.result(&format!("  {then}: {apply}"))?;
        ui.note("  A live login is in the file then, for 12 hours at most: keep it out of version control.");
    }
    if !dry_run && is_changed {
        ui.note(&format!("  To undo this: {undo}"));
    }
    ui.result("")?;
    Ok(())
}

/// Whether nothing was wrong with a configuration.
pub fn is_nothing(repair: &Repair) -> bool {
    repair.changes.is_empty() && repair.left.is_empty()
}

/// A pull secret: what changed in its configuration, which stands in the file in another form.
fn tell_secret(file: &str, secret: &RenewedSecret, done: &str, ui: &mut Ui) -> Result<(), CommandError> {
    let name = secret.name.as_deref().map(|name| redact(name).into_owned());
    if let Some(name) = &name {
        ui.result(&format!("  {name}"))?;
    }
    if !secret.repair.changes.is_empty() {
        let new = secret.repair.document.text();
        ui.results(diff_of_logins(name.as_deref().unwrap_or(file), secret.format, &secret.old, new))?;
    }
    tell_repair(&secret.repair, done, ui)
}

/// What was done, and what was left.
fn tell_repair(repair: &Repair, done: &str, ui: &mut Ui) -> Result<(), CommandError> {
    for change in repair.changes.iter().take(MOST_TOLD) {
        ui.results(item(done, &format!("{}: ", change.place), change.id, &change.problem, &change.fix))?;
    }
    tell_more(&repair.changes, ui)?;
    for change in repair.left.iter().take(MOST_TOLD) {
        let (mark, next) = match change.safety {
            Safety::Unsafe => (
                styled(AnsiColor::Yellow.on_default(), "!"),
                format!("{}{}, with ecrpass fix --unsafe", may(change), change.fix),
            ),
            _ if change.optional => {
                (styled(AnsiColor::Yellow.on_default(), "!"), format!("{}{}", may(change), change.fix))
            }
            _ => (styled(BAD, "✗"), format!("by hand: {}", change.fix)),
        };
        ui.results(item(&mark, &format!("{}: ", change.place), change.id, &change.problem, &next))?;
    }
    tell_more(&repair.left, ui)
}

/// How many changes of a file are told one by one.
const MOST_TOLD: usize = 500;

/// Those that are not told one by one, counted by their causes.
fn tell_more(changes: &[Change], ui: &mut Ui) -> Result<(), CommandError> {
    let mut counts: BTreeMap<DiagnosisId, usize> = BTreeMap::new();
    for change in changes.iter().skip(MOST_TOLD) {
        *counts.entry(change.id).or_default() += 1;
    }
    for (id, count) in counts {
        ui.result(&format!("  … and {count} more {}", styled(DIM, &format!("[{id}]"))))?;
    }
    Ok(())
}

/// What is said of a fix without which everything works, too.
fn may(change: &Change) -> &'static str {
    if change.optional { "if you want: " } else { "" }
}

/// A problem, and below it what is done about it.
fn item(mark: &str, place: &str, id: DiagnosisId, problem: &str, fix: &str) -> [String; 2] {
    let id = styled(DIM, &format!("[{id}]"));
    [format!("  {mark} {place}{problem} {id}"), format!("    → {fix}")]
}

/// What is wrong around the files.
pub fn tell_finding(finding: &Finding, ui: &mut Ui) -> Result<(), CommandError> {
    let mark = match finding.severity {
        Severity::Error => styled(BAD, "✗"),
        _ => styled(AnsiColor::Yellow.on_default(), "!"),
    };
    ui.result(&format!("{mark} {} [{}]", finding.title, finding.id))?;
    ui.result(&format!("  {}", finding.explanation))?;
    for fix in &finding.fixes {
        ui.result(&format!("  Next: {}", fix.command().unwrap_or_else(|| fix.summary.clone())))?;
    }
    Ok(())
}
