//! The backups of a file, beside it. A backup's name says what was written in its file's place, so that undoing can see
//! whether that is still there.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ecrpass_clients::docker_config::StoredCredentials;
use ecrpass_core::redact::redact;
use ecrpass_json::{Document, Value};
use ecrpass_system::directory;

use super::attributes::Attributes;
use super::temporary::{Temporary, fingerprint};

/// How many backups of a file are kept.
pub const BACKUPS: usize = 5;

/// At the end of a backup's name: there was no such file.
const ABSENT: &str = "-absent";

/// Keeps a text before another takes its place; `None` for a file that is made. It is its owner's alone, whatever the mode of its file: it may
/// hold passwords where no client reads them.
///
/// # Errors
/// When it cannot be written.
pub fn back_up(target: &Path, old: Option<&str>, new: &str, attributes: &Attributes) -> io::Result<PathBuf> {
    let number = backups(target).last().map_or(1, |(number, _)| number.saturating_add(1));
    let absent = if old.is_none() { ABSENT } else { "" };
    let path = target.with_file_name(format!("{}{number:03}-{}{absent}", prefix(target), fingerprint(new)));
    // One that was not there goes back to one that says nothing, and then away.
    write(&path, old.unwrap_or("{}\n"), attributes)?;
    Ok(path)
}

/// Keeps the text that undoing takes back: the last one only.
///
/// # Errors
/// When it cannot be written.
pub fn keep_undone(target: &Path, text: &str, attributes: &Attributes) -> io::Result<()> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    write(&target.with_file_name(format!("{name}.undone-by-ecrpass")), text, attributes)
}

fn write(path: &Path, text: &str, attributes: &Attributes) -> io::Result<()> {
    Temporary::write(path, text, attributes, true)?.replace(path)
}

/// Whether others must not read a text: one with logins in it, wherever they stand, or something that is not understood.
pub fn may_hold_secrets(text: &str) -> bool {
    let Ok(document) = Document::parse(text) else { return true };
    holds_login(document.root())
        || document.root().members().is_some_and(|all| all.iter().any(|member| member.key == "kind"))
        || matches!(redact(text), Cow::Owned(_))
}

fn holds_login(value: &Value) -> bool {
    let Some(members) = value.members() else { return false };
    let is_header = |key: &str| key.eq_ignore_ascii_case("HttpHeaders");
    !StoredCredentials::read(members).is_empty()
        || members.iter().any(|member| {
            holds_login(&member.value)
                || is_header(&member.key) && member.value.members().is_some_and(|all| !all.is_empty())
        })
}

/// The backups of a file, the oldest first.
pub fn backups(target: &Path) -> Vec<(u32, PathBuf)> {
    let prefix = prefix(target);
    let directory = target.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let numbered = directory::entries(directory).unwrap_or_default().into_iter().filter_map(|path| {
        let (number, shown) = path.file_name()?.to_str()?.strip_prefix(&prefix)?.split_once('-')?;
        let shown = shown.strip_suffix(ABSENT).unwrap_or(shown);
        let is_ours = shown.len() == 12 && shown.bytes().all(|b| b.is_ascii_hexdigit());
        Some((number.parse().ok().filter(|_| is_ours)?, path))
    });
    let mut backups: Vec<(u32, PathBuf)> = numbered.collect();
    backups.sort();
    backups
}

/// Removes all but the last few.
pub fn prune(target: &Path) {
    let backups = backups(target);
    for (_, path) in backups.iter().take(backups.len().saturating_sub(BACKUPS)) {
        let _ = fs::remove_file(path);
    }
}

/// Whether a backup was made when this text was written.
pub fn is_of(backup: &Path, text: &str) -> bool {
    let name = backup.to_string_lossy();
    name.strip_suffix(ABSENT).unwrap_or(&name).ends_with(&fingerprint(text))
}

/// Whether there was no file when a backup was made.
pub fn is_of_none(backup: &Path) -> bool {
    backup.to_string_lossy().ends_with(ABSENT)
}

fn prefix(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    format!("{name}.before-ecrpass-")
}

/// Every copy of a file that we keep: backups, what was undone, and what other programs wrote at the wrong moment.
pub fn copies(target: &Path) -> Vec<PathBuf> {
    let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let directory = target.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = directory::entries(directory).unwrap_or_default();
    let kept = format!("{name}.kept-by-ecrpass-");
    let undone = format!("{name}.undone-by-ecrpass");
    let others = entries.into_iter().filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&kept) || name == undone.as_str()
    });
    let mut all: Vec<PathBuf> = others.chain(backups(target).into_iter().map(|(_, path)| path)).collect();
    all.sort();
    all
}
