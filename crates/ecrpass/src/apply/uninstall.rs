//! Puts back what was there before ecrpass: entries of configurations that name our helper, links, the cache, the notes.
//!
//! First what asks for the helper, then the helper, then what is left of both, so that whatever moment this ends at, no
//! client asks for what is gone, and the next run goes on from there. Nothing goes that is not ours by its name and by
//! what is in it.

mod remains;

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use docker_credential_ecr_login::own_files;
use ecrpass_clients::docker_config::Format;
use ecrpass_clients::repair::unregister;
use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_json::Document;
use serde::Serialize;
use zeroize::Zeroizing;

pub use self::remains::{Remains, remains};
use crate::error::CommandError;
use crate::render::diff::diff;
use crate::system::atomic_file::{Original, forget, kept_and_ours, update};
use crate::system::files;
use crate::system::placement;

/// What is done.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Nothing: it is only said.
    pub dry_run: bool,
    /// The cache stays.
    pub keep_cache: bool,
}

/// What becomes of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Becomes {
    /// What it is.
    Unchanged,
    /// One without our helper.
    Changed,
    /// Nothing: there was none before ecrpass made it.
    Removed,
}

/// A configuration, and what became of it.
#[derive(Debug, Serialize)]
pub struct FileReport {
    /// The file.
    pub file: PathBuf,
    /// What becomes of it.
    pub becomes: Becomes,
    /// Copies of it that go: what it was, and what was undone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<PathBuf>,
    /// Copies that stay: another program wrote them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<PathBuf>,
    /// Why entries of it were left.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The difference, for people.
    #[serde(skip)]
    pub diff: Vec<String>,
}

impl FileReport {
    /// Whether nothing is to be done.
    pub fn is_nothing(&self) -> bool {
        self.becomes == Becomes::Unchanged && self.copies.is_empty()
    }
}

/// Puts a configuration back.
///
/// # Errors
/// When it cannot be read or written.
pub fn restore(
    path: &Path,
    environment: &dyn Environment,
    dry_run: bool,
) -> Result<FileReport, CommandError> {
    let format = files::format_of(path, environment);
    let (mut report, then) = update(path, |original| Ok(planned(path, format, original, dry_run)))?;
    (report.kept, report.copies) = kept_and_ours(path);
    if dry_run || report.is_nothing() {
        return Ok(report);
    }
    // Under the lock again: what goes now must be what was looked at.
    let original = Original::read(path)?;
    if report.becomes == Becomes::Removed
        && let Some(then) = &then
    {
        original.take_away(then);
    }
    report.kept = forget(path).map_err(|error| {
        CommandError::io(
            &format!("a copy of {} cannot be removed", path.display()),
            error,
            "remove it by hand",
        )
    })?;
    Ok(report)
}

/// A text that is kept for as long as it is compared.
type Kept = Arc<Zeroizing<String>>;

/// What a file is to become: the report, and the text, where the file then goes; and what is to be written.
fn planned(
    path: &Path,
    format: Format,
    original: &Original,
    dry_run: bool,
) -> ((FileReport, Option<Kept>), Option<Zeroizing<String>>) {
    let shown = path.display().to_string();
    let mut report = FileReport {
        file: path.to_owned(),
        becomes: Becomes::Unchanged,
        copies: Vec::new(),
        kept: Vec::new(),
        notes: Vec::new(),
        diff: Vec::new(),
    };
    let Some(old) = &original.text else { return ((report, None), None) };
    let formers = original.formers();
    let is_made = formers.first().is_some_and(|former| former.is_absent);
    let mut text = Arc::clone(old);
    if format != Format::Legacy && !old.trim().is_empty() {
        match Document::parse_first(old) {
            Err(error) => {
                report.notes.push(format!("{shown}:{}: {error}: it is left as it is", error.place));
                return ((report, None), None);
            }
            Ok(document) => {
                let oldest = formers.first().and_then(|former| Document::parse_first(&former.text).ok());
                let done = unregister(document, format, oldest.as_ref());
                if done.left > 0 {
                    report.notes.push(format!(
                        "{shown} names `ecr-login`, as for Amazon's helper, and no copy says that ecrpass wrote it: {} left",
                        if done.left == 1 { "one entry is".to_owned() } else { format!("{} entries are", done.left) }
                    ));
                }
                if !done.withdrawn.is_empty() {
                    // A copy that says the same is what was there, to the byte.
                    let new = done.document.text();
                    let same = formers.iter().rev().find(|former| is_same(&former.text, new));
                    text = same.map_or_else(
                        || Arc::new(Zeroizing::new(new.to_owned())),
                        |former| Arc::clone(&former.text),
                    );
                }
            }
        }
    }
    if is_made && is_empty(&text) {
        report.becomes = Becomes::Removed;
        report.diff = diff(&shown, old, "");
    } else if text.as_str() != old.as_str() {
        report.becomes = Becomes::Changed;
        report.diff = diff(&shown, old, &text);
    }
    let new = (text.as_str() != old.as_str() && !dry_run).then(|| Zeroizing::clone(&text));
    ((report, Some(text)), new)
}

/// Whether two texts are the same configuration.
fn is_same(one: &str, other: &str) -> bool {
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    value(one).is_some_and(|one| Some(one) == value(other))
}

fn is_empty(text: &str) -> bool {
    Document::parse(text).is_ok_and(|document| document.root().members().is_some_and(<[_]>::is_empty))
}

/// The configurations that may name our helper, and those of which copies are kept.
pub fn configurations(environment: &dyn Environment) -> Vec<PathBuf> {
    let mut all = files::present(environment);
    all.extend(files::gone(environment));
    all
}

/// Takes the links away that were made here; each as it is shown.
///
/// # Errors
/// When one cannot be removed.
pub fn links(environment: &dyn Environment, dry_run: bool) -> Result<Vec<String>, CommandError> {
    let mut all = Vec::new();
    let made = placement::made(environment);
    for link in placement::noted(environment) {
        // What is not as it was made is somebody else's; only the note of it goes.
        if made.contains(&link) {
            all.push(redact(&link.shown()).into_owned());
        }
        if !dry_run {
            placement::undo(environment, &link)?;
        }
    }
    if !dry_run && let Some(directory) = placement::note_directory(environment) {
        remove_empty(&directory);
    }
    Ok(all)
}

/// What became of the cache.
#[derive(Debug, Default, Serialize)]
pub struct CacheReport {
    /// The files that go.
    pub files: Vec<PathBuf>,
    /// Why they could not be looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
    /// Whether tokens are in the kernel's keyring, which forgets them by itself.
    #[serde(skip)]
    pub in_kernel: bool,
}

/// Takes the cache and the log away.
///
/// # Errors
/// When a file cannot be removed.
pub fn cache(environment: &dyn Environment, options: Options) -> Result<CacheReport, CommandError> {
    if options.keep_cache {
        return Ok(CacheReport::default());
    }
    let own = match own_files() {
        Ok(own) => own,
        Err(refusal) => {
            return Ok(CacheReport { unknown: Some(refusal.to_string()), ..CacheReport::default() });
        }
    };
    if !options.dry_run {
        for file in &own.files {
            remove(file).map_err(|error| {
                CommandError::io(&format!("{} cannot be removed", file.display()), error, "remove it by hand")
            })?;
        }
        // A directory that was named in a variable is the user's.
        let named = environment.nonempty_var("AWS_ECR_CACHE_DIR").map(PathBuf::from);
        own.directories.iter().filter(|directory| Some(*directory) != named.as_ref()).for_each(|directory| {
            remove_empty(directory);
        });
    }
    Ok(CacheReport { files: own.files, unknown: None, in_kernel: own.in_kernel })
}

/// Takes docker's directory away, if there is nothing in it any more; one that a variable names is the user's.
pub fn empty_directories(environment: &dyn Environment) {
    if environment.nonempty_var("DOCKER_CONFIG").is_none()
        && let Some(directory) = files::docker(environment).as_deref().and_then(Path::parent)
    {
        remove_empty(directory);
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// One that has something in it stays.
fn remove_empty(directory: &Path) {
    let is_directory = directory.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
    if is_directory {
        let _ = fs::remove_dir(directory);
    }
}
