//! What git says of a repository: which files are staged or differ from a revision, and what is staged of them.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ecrpass_audit::prefilter::interest;
use ecrpass_core::CommandLine;
use ecrpass_system::program::{self, Finished};

use super::gathered::{Gathered, source};
use super::prefilter::is_lost_text;
use super::read::{MAX_FILE, no_text, text};
use crate::error::CommandError;

/// How long git may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How much a list of files may measure, in bytes.
const MAX_LIST: usize = 64 * 1024 * 1024;

/// A file by its name in a repository, as git has it: not all of them are UTF-8.
pub(super) struct Name(Vec<u8>);

impl Name {
    /// Its path in the tree.
    pub(super) fn path(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }

    /// What it is called in the index.
    fn object(&self) -> OsString {
        let name = [b":", self.0.as_slice()].concat();
        #[cfg(unix)]
        return std::os::unix::ffi::OsStringExt::from_vec(name);
        #[cfg(not(unix))]
        String::from_utf8_lossy(&name).into_owned().into()
    }
}

/// The files that the next commit adds or changes.
pub(super) fn staged(root: &Path) -> Result<Vec<Name>, CommandError> {
    list(root, &["diff", "--cached", "--name-only", "--diff-filter=ACMRT", "--no-ext-diff", "-z"])
}

/// The files that differ from a revision, those that git does not know yet included.
pub(super) fn since(root: &Path, revision: &str) -> Result<Vec<Name>, CommandError> {
    if revision.starts_with('-') || revision.is_empty() {
        return Err(CommandError::could_not_run(
            format!("`{revision}` is no revision."),
            "name a branch, a tag or a commit: --since origin/main",
        ));
    }
    // What a submodule has is another repository's, with settings of its own.
    let diff = [
        "diff",
        "--name-only",
        "--diff-filter=ACMRT",
        "--no-ext-diff",
        "--ignore-submodules=all",
        "-z",
        revision,
        "--",
    ];
    let mut changed = list(root, &diff)?;
    changed.extend(list(root, &["ls-files", "--others", "--exclude-standard", "-z"])?);
    Ok(changed)
}

/// Puts what is staged of these files in the place of what is in the directory.
pub(super) fn put_staged(root: &Path, changed: &[Name], gathered: &mut Gathered) -> Result<(), CommandError> {
    for name in changed {
        let path = name.path();
        let arguments = ["cat-file".into(), "blob".into(), name.object()];
        let bytes = answered(root, &arguments, &[], MAX_FILE)?;
        gathered.files.retain(|file| file.path != path);
        if is_lost_text(&bytes, interest(&path)) {
            gathered.skipped.push(no_text(&root.join(path)));
            continue;
        }
        gathered.looked_at += 1;
        if let Some(text) = text(bytes) {
            gathered.files.push(source(path, text, true));
        }
    }
    Ok(())
}

fn list(root: &Path, arguments: &[&str]) -> Result<Vec<Name>, CommandError> {
    let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
    let output = answered(root, &arguments, &filters(root)?, MAX_LIST)?;
    let names = output.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Ok(names.map(|name| Name(name.to_vec())).collect())
}

/// The programs that git would run over files before it compares them, by the names of their settings.
fn filters(root: &Path) -> Result<Vec<String>, CommandError> {
    let arguments =
        ["config", "--null", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process|required)$"];
    let arguments = arguments.map(OsString::from);
    let finished = git(root, &arguments, &[], MAX_LIST)?;
    // Where there are none, it fails without a word.
    let names = finished.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Ok(names.map(|name| String::from_utf8_lossy(name).into_owned()).collect())
}

/// What git prints, if it has an answer.
fn answered(
    root: &Path,
    arguments: &[OsString],
    filters: &[String],
    limit: usize,
) -> Result<Vec<u8>, CommandError> {
    let finished = git(root, arguments, filters, limit)?;
    if finished.status.success() {
        return Ok(finished.stdout.to_vec());
    }
    // Some commands go on without a repository, and say something else then.
    let found = git(root, &["rev-parse".into(), "--git-dir".into()], &[], limit)?;
    let refused = if found.status.success() { &finished } else { &found };
    let said = String::from_utf8_lossy(&refused.stderr);
    let said = said.lines().next().unwrap_or_default().trim_end_matches('.').to_owned();
    let next = match said.contains("dubious ownership") {
        true => CommandLine::shell("git config --global --add safe.directory")
            .word(root.to_string_lossy())
            .to_string(),
        false => "check the revision and the repository with git itself".to_owned(),
    };
    let asked = arguments.first().map(|asked| asked.to_string_lossy()).unwrap_or_default();
    Err(CommandError::could_not_run(format!("git {asked} failed: {said}."), next))
}

/// Asks git. The repository may be a stranger's: nothing that its configuration names is run, nor these filters.
fn git(
    root: &Path,
    arguments: &[OsString],
    filters: &[String],
    limit: usize,
) -> Result<Finished, CommandError> {
    let mut command = Command::new("git");
    // In variables, as a name may have a `=` in it.
    for (number, filter) in filters.iter().enumerate() {
        let value = if filter.ends_with("required") { "false" } else { "" };
        command
            .env(format!("GIT_CONFIG_KEY_{number}"), filter)
            .env(format!("GIT_CONFIG_VALUE_{number}"), value);
    }
    command
        .arg("-C")
        .arg(root)
        .args([
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.quotePath=false",
            "--no-pager",
            "--literal-pathspecs",
        ])
        .args(arguments)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if !filters.is_empty() {
        command.env("GIT_CONFIG_COUNT", filters.len().to_string());
    }
    program::run(&mut command, b"", limit, Instant::now() + PATIENCE).map_err(|error| {
        CommandError::could_not_run(
            format!("git cannot be asked: {error}."),
            "install git, or name the files",
        )
    })
}
