//! Repairs one configuration on disk: reads it, decides, and writes it anew with a backup.

use std::path::Path;

use ecrpass_clients::docker_config::{DockerConfig, Format};
use ecrpass_clients::repair::repair;
use ecrpass_diagnosis::finding::Finding;
use ecrpass_json::Document;

use ecrpass_core::environment::Environment;

use super::around_files;
use super::outcome::FileOutcome;
use crate::collect::situation::with_situation;
use crate::error::CommandError;
use crate::system::atomic_file::Original;
use crate::system::files;

/// A configuration that was looked through, and repaired unless it was a dry run.
pub struct RepairedFile {
    /// What was found, and what became of it.
    pub outcome: FileOutcome,
    /// What is wrong with who can read it.
    pub mode: Option<String>,
    dry_run: bool,
}

impl RepairedFile {
    /// Whether something is left to do.
    pub fn is_left(&self) -> bool {
        self.outcome.is_left(self.dry_run) || self.mode.is_some() && self.dry_run
    }

    /// What was found in it, as findings.
    pub fn findings(self, path: &Path) -> Vec<Finding> {
        let mut findings = self.outcome.findings(&path.display().to_string(), !self.dry_run);
        let mode = self.mode.map(|problem| around_files::mode_finding(path, problem, !self.dry_run));
        findings.extend(mode);
        findings
    }
}

/// Repairs a file.
///
/// # Errors
/// When it is not there, cannot be read, or cannot be written.
pub fn repair_file(
    environment: &dyn Environment,
    path: &Path,
    dry_run: bool,
    with_unsafe: bool,
) -> Result<RepairedFile, CommandError> {
    let original = Original::read(path)?;
    let Some(text) = &original.text else {
        return Err(CommandError::could_not_run(
            format!("{} does not exist.", path.display()),
            "name another file, or create one: ecrpass setup <registry>…",
        ));
    };
    let previous = original.last_backup().and_then(|text| store_of(&text));
    let format = files::format_of(path);
    let repaired = with_situation(environment, previous.as_deref(), |situation| {
        repair(text, format, situation, with_unsafe)
    });
    let outcome = match repaired {
        Err(error) => FileOutcome::Invalid(error),
        Ok(repair) => FileOutcome::Repaired { old: text.to_string(), repair },
    };
    let mode = around_files::mode(path, &outcome);
    // Nothing is said to be repaired before it is.
    if !dry_run {
        // First, so that the backup is private too.
        if mode.is_some() {
            around_files::make_private(path)?;
        }
        if let FileOutcome::Repaired { old, repair } = &outcome
            && !repair.changes.is_empty()
            && repair.document.text() != old
        {
            original.replace(repair.document.text())?;
        }
    }
    Ok(RepairedFile { outcome, mode, dry_run })
}

/// The store a backup names.
fn store_of(text: &str) -> Option<String> {
    let document = Document::parse(text).ok()?;
    DockerConfig::read(&document, Format::Current).creds_store.map(|store| store.helper)
}
