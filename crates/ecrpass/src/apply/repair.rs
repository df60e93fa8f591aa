//! Repairs one configuration on disk: reads it, decides, and writes it anew with a backup.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use ecrpass_clients::docker_config::{DockerConfig, Format};
use ecrpass_clients::repair::{HelperLogin, of_empty, repair};
use ecrpass_core::CommandLine;
use ecrpass_core::redact::redact;
use ecrpass_diagnosis::finding::Finding;
use ecrpass_json::Document;
use zeroize::Zeroizing;

use ecrpass_core::environment::Environment;

use super::around_files;
use super::helper_logins::HelperLogins;
use super::outcome::FileOutcome;
use super::pull_secrets::{self, is_pull_secret};
use crate::collect::known_machine::with_known_machine;
use crate::error::CommandError;
use crate::system::atomic_file::{Original, update};
use crate::system::files;

/// A configuration that was looked through, and repaired unless it was a dry run.
pub struct RepairedFile {
    /// Its path, as it may be shown.
    source: String,
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

    /// What was found in it, as findings, one by one.
    pub fn findings<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = Finding> + 'a {
        let mode = self.mode.iter();
        let mode = mode.map(move |problem| around_files::mode_finding(path, problem.clone(), !self.dry_run));
        self.outcome.findings(&self.source, !self.dry_run).chain(mode)
    }
}

/// How files are repaired.
pub struct Options {
    /// Nothing is written.
    pub dry_run: bool,
    /// Fixes are made that are safe only if the user says so.
    pub with_unsafe: bool,
}

/// Repairs a file; `say` hears what is to be known before it is changed.
///
/// # Errors
/// When it is not there, cannot be read, or cannot be written.
pub fn repair_file(
    environment: &dyn Environment,
    path: &Path,
    options: &Options,
    helper: &HelperLogins<'_>,
    say: &mut dyn FnMut(&str),
) -> Result<RepairedFile, CommandError> {
    let mut said = HashSet::new();
    update(path, |original| {
        let file = examined(original, environment, options, helper)?;
        // Nothing is said to be repaired before it is.
        let mut new = None;
        if let Some(text) = file.outcome.new_text() {
            for note in original.notes.iter().filter(|note| said.insert((*note).clone())) {
                say(note);
            }
            new = (!options.dry_run).then(|| Zeroizing::new(text.to_owned()));
        }
        // First, so that the backup is private too.
        if !options.dry_run && file.mode.is_some() {
            around_files::make_private(path)?;
        }
        Ok((file, new))
    })
}

fn examined(
    original: &Original,
    environment: &dyn Environment,
    options: &Options,
    helper: &HelperLogins<'_>,
) -> Result<RepairedFile, CommandError> {
    let path = original.path.as_path();
    let source = redact(&path.display().to_string()).into_owned();
    let Some(text) = &original.text else {
        return Err(CommandError::could_not_run(
            format!("{} does not exist.", path.display()),
            "name another file, or create one: ecrpass setup <registry>…",
        ));
    };
    if is_pull_secret(path, text) {
        let renewed = pull_secrets::renewed(path, text, !helper.are_asked(), options.with_unsafe);
        let outcome = FileOutcome::Secrets(renewed.ok_or_else(|| unreadable_secret(path))?);
        let mode = around_files::mode(path, &outcome, environment);
        return Ok(RepairedFile { source, outcome, mode, dry_run: options.dry_run });
    }
    let previous = original.last_backup().and_then(|text| store_of(&text));
    let format = files::format_of(path, environment);
    let ask = |host: &str| helper.of(host);
    let login: Option<&dyn Fn(&str) -> HelperLogin> = if helper.are_asked() { Some(&ask) } else { None };
    let put = CommandLine::shell("echo '{}' >").path(path.display().to_string()).to_string();
    let empty = if text.trim().is_empty() { of_empty(&put) } else { None };
    let repaired = match empty {
        Some(repair) => Ok(repair),
        None => with_known_machine(environment, previous.as_deref(), login, |known| {
            repair(text, format, known, options.with_unsafe)
        }),
    };
    let outcome = match repaired {
        Err(error) => FileOutcome::Invalid(error),
        Ok(repair) => FileOutcome::Repaired { old: Arc::clone(text), repair },
    };
    let mode = around_files::mode(path, &outcome, environment);
    Ok(RepairedFile { source, outcome, mode, dry_run: options.dry_run })
}

/// A pull secret that cannot be found in its file.
fn unreadable_secret(path: &Path) -> CommandError {
    CommandError::could_not_run(
        format!(
            "{} looks like a Kubernetes pull secret, and cannot be read as YAML or JSON with its logins in it.",
            path.display()
        ),
        "create it again: kubectl create secret docker-registry <name> --docker-server=<registry> --docker-username=AWS --docker-password=\"$(ecrpass token <registry>)\" --dry-run=client -o yaml | kubectl apply -f -",
    )
}

/// The store a backup names.
fn store_of(text: &str) -> Option<String> {
    let document = Document::parse_first(text).ok()?;
    DockerConfig::read(&document, Format::Current).creds_store.map(|store| store.helper)
}
