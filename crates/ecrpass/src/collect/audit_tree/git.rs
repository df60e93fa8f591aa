//! What git says of a repository: which files are staged or differ from a revision, and what is staged of them.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ecrpass_audit::prefilter::interest;
use ecrpass_system::program;

use super::gathered::{Gathered, source};
use super::prefilter::is_lost_text;
use super::read::{MAX_FILE, no_text, text};
use crate::error::CommandError;

/// How long git may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How much a list of files may measure, in bytes.
const MAX_LIST: usize = 64 * 1024 * 1024;

/// The files that the next commit adds or changes.
pub(super) fn staged(root: &Path) -> Result<Vec<String>, CommandError> {
    list(root, &["diff", "--cached", "--name-only", "--diff-filter=ACMRT", "--no-ext-diff", "-z"])
}

/// The files that differ from a revision, those that git does not know yet included.
pub(super) fn since(root: &Path, revision: &str) -> Result<Vec<String>, CommandError> {
    if revision.starts_with('-') || revision.is_empty() {
        return Err(CommandError::could_not_run(
            format!("`{revision}` is no revision."),
            "name a branch, a tag or a commit: --since origin/main",
        ));
    }
    let diff = ["diff", "--name-only", "--diff-filter=ACMRT", "--no-ext-diff", "-z", revision, "--"];
    let mut changed = list(root, &diff)?;
    changed.extend(list(root, &["ls-files", "--others", "--exclude-standard", "-z"])?);
    Ok(changed)
}

/// Puts what is staged of these files in the place of what is in the directory.
pub(super) fn put_staged(
    root: &Path,
    changed: &[String],
    gathered: &mut Gathered,
) -> Result<(), CommandError> {
    for path in changed {
        let object = format!(":{path}");
        let bytes = git(root, &["cat-file", "blob", &object], MAX_FILE)?;
        gathered.files.retain(|file| file.path != *path);
        if is_lost_text(&bytes, interest(path)) {
            gathered.skipped.push(no_text(&root.join(path)));
            continue;
        }
        gathered.looked_at += 1;
        if let Some(text) = text(bytes) {
            gathered.files.push(source(path.clone(), text, true));
        }
    }
    Ok(())
}

fn list(root: &Path, arguments: &[&str]) -> Result<Vec<String>, CommandError> {
    let output = git(root, arguments, MAX_LIST)?;
    let paths = output.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    Ok(paths.map(|path| String::from_utf8_lossy(path).into_owned()).collect())
}

/// What git prints. The repository may be a stranger's: nothing that its configuration names is run.
fn git(root: &Path, arguments: &[&str], limit: usize) -> Result<Vec<u8>, CommandError> {
    let mut command = Command::new("git");
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
    let finished = program::run(&mut command, b"", limit, Instant::now() + PATIENCE).map_err(|error| {
        CommandError::could_not_run(
            format!("git cannot be asked: {error}."),
            "install git, or name the files",
        )
    })?;
    if !finished.status.success() {
        let said = String::from_utf8_lossy(&finished.stderr);
        let said = said.lines().next().unwrap_or_default().trim_end_matches('.').to_owned();
        return Err(CommandError::could_not_run(
            format!("git {} failed: {said}.", arguments.first().unwrap_or(&"")),
            "check the revision and the repository with git itself",
        ));
    }
    Ok(finished.stdout.to_vec())
}
