//! Goes through a directory as git does: what it ignores is no part of the repository. Several threads read.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use ecrpass_audit::kind::FileKind;
use ecrpass_audit::prefilter::Interest;
use ecrpass_audit::source::SourceFile;
use ignore::{DirEntry, WalkBuilder, WalkState};

use super::gathered::{Gathered, Keeps, Skipped};
use super::prefilter::matters;
use super::read;

/// The most that is kept of all files together, in bytes.
const MAX_ALL: usize = 256 * 1024 * 1024;

/// The most that a file may have that is kept for what others say of it, in bytes.
const MAX_COMPANION: usize = 256 * 1024;

/// How many threads read at most.
const MAX_THREADS: usize = 8;

/// Reads what matters below a directory, and what is kept whatever is in it. Of directories in it that are named and
/// that git shows nothing of, all is read that their own files of git's do not leave out: who names a place means it.
pub(super) fn walk(root: &Path, named: &[PathBuf], is_repository: bool, keeps: Keeps) -> Gathered {
    walk_within(MAX_ALL, root, named, is_repository, keeps)
}

fn walk_within(
    max_all: usize,
    root: &Path,
    named: &[PathBuf],
    is_repository: bool,
    keeps: Keeps,
) -> Gathered {
    let all = Mutex::new(Gathered::default());
    let kept = AtomicUsize::new(0);
    let named: HashSet<&Path> = named.iter().map(PathBuf::as_path).collect();
    let through = Through { root, named: &named, is_repository, keeps, max_all, all: &all, kept: &kept };
    through.walk(&walker(root));
    let shown = || all.lock().unwrap_or_else(PoisonError::into_inner);
    let ignored = named.iter().filter(|directory| !shown().shown.contains(**directory));
    for directory in ignored.copied().collect::<Vec<_>>() {
        through.walk(walker(directory).git_global(false));
    }
    let mut all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    drop_lonely(&mut all.files, keeps);
    read::named_by_others(root, is_repository, &mut all);
    all.skipped.sort_by(|one, other| one.path.cmp(&other.path));
    all.skipped.dedup();
    all
}

/// Goes through a directory. What stands above it is no part of it, for git neither if it is a repository's root.
fn walker(directory: &Path) -> WalkBuilder {
    let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, MAX_THREADS);
    let mut walker = WalkBuilder::new(directory);
    walker
        .hidden(false)
        .ignore(false)
        .parents(false)
        .require_git(false)
        .threads(threads)
        .filter_entry(|entry| !is_of_version_control(entry));
    walker
}

/// How a tree is gone through.
struct Through<'a> {
    root: &'a Path,
    named: &'a HashSet<&'a Path>,
    is_repository: bool,
    keeps: Keeps,
    max_all: usize,
    all: &'a Mutex<Gathered>,
    kept: &'a AtomicUsize,
}

impl Through<'_> {
    fn walk(&self, walker: &WalkBuilder) {
        walker.build_parallel().run(|| {
            let mut own = Own { gathered: Gathered::default(), all: self.all };
            Box::new(move |entry| match entry {
                Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                    self.meet(entry.path(), &mut own)
                }
                Ok(_) => WalkState::Continue,
                Err(error) => {
                    own.fail(self.root, &error);
                    WalkState::Continue
                }
            })
        });
    }

    fn meet(&self, path: &Path, own: &mut Own<'_>) -> WalkState {
        let Own { gathered, .. } = own;
        if !self.named.is_empty() {
            let named = path.ancestors().filter(|above| self.named.contains(above));
            gathered.shown.extend(named.map(Path::to_owned));
        }
        let before = gathered.files.len();
        read::met(self.root, path, self.is_repository, self.keeps, gathered);
        let new = gathered.files.get(before).map_or(0, |file| file.text.len());
        if self.kept.fetch_add(new, Ordering::Relaxed) + new > self.max_all && new > 0 {
            gathered.files.truncate(before);
            gathered.is_cut = true;
            own.skip(path.to_owned(), "the files that matter are too large together", false);
            return WalkState::Quit;
        }
        WalkState::Continue
    }
}

/// What one thread gathers; it is put to the rest when the thread is done.
struct Own<'a> {
    gathered: Gathered,
    all: &'a Mutex<Gathered>,
}

impl Own<'_> {
    fn skip(&mut self, path: PathBuf, why: &str, is_denied: bool) {
        self.gathered.skipped.push(Skipped { path, why: why.to_owned(), is_denied });
    }

    fn fail(&mut self, root: &Path, error: &ignore::Error) {
        let is_denied =
            error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied);
        let path = path_of(error).map_or_else(|| root.to_owned(), Path::to_owned);
        let why = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
        self.skip(path, &why, is_denied);
    }
}

impl Drop for Own<'_> {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.files.append(&mut self.gathered.files);
        all.passed_over.extend(self.gathered.passed_over.drain());
        all.skipped.append(&mut self.gathered.skipped);
        all.looked_at += self.gathered.looked_at;
        all.is_cut |= self.gathered.is_cut;
        all.shown.extend(self.gathered.shown.drain());
    }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}

fn is_of_version_control(entry: &DirEntry) -> bool {
    [".git", ".hg", ".svn", ".jj"].iter().any(|name| entry.file_name() == *name)
}

/// Takes out what was kept for the sake of others that are not there: large ones, and Terraform in a directory where
/// nothing has to do with registries.
fn drop_lonely(files: &mut Vec<SourceFile>, keeps: Keeps) {
    let directory =
        |path: &str| path.rsplit_once('/').map_or(String::new(), |(directory, _)| directory.to_owned());
    let matters = |file: &SourceFile| matters(file.text.as_bytes(), Interest::Subjects);
    let mattering: Vec<bool> = files.iter().map(matters).collect();
    let directories: HashSet<String> = files
        .iter()
        .zip(&mattering)
        .filter(|(file, matters)| **matters && file.kind == FileKind::Terraform)
        .map(|(file, _)| directory(&file.path))
        .collect();
    let mut mattering = mattering.into_iter();
    files.retain(|file| {
        if mattering.next().unwrap_or(true) || keeps(&file.path) {
            return true;
        }
        let is_small = file.text.len() <= MAX_COMPANION;
        is_small && (file.kind != FileKind::Terraform || directories.contains(&directory(&file.path)))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_there_is_too_much_it_is_known_that_the_rest_is_not_known() {
        let home = tempfile::tempdir().unwrap();
        for name in ["a.gitlab-ci.yml", "b.gitlab-ci.yml", "c.gitlab-ci.yml"] {
            std::fs::write(home.path().join(name), "a: {script: [docker push x]}\n").unwrap();
        }
        let all = walk_within(1000, home.path(), &[], true, |_| false);
        assert_eq!((all.files.len(), all.skipped.len(), all.is_cut), (3, 0, false));
        let some = walk_within(40, home.path(), &[], true, |_| false);
        assert!(some.is_cut && some.files.len() == 1 && !some.skipped.is_empty(), "{:?}", some.skipped);
    }

    #[test]
    fn what_others_name_is_kept_whatever_is_in_it() {
        let home = tempfile::tempdir().unwrap();
        for (name, text) in [
            (".gitlab-ci.yml", "include: { local: /vars.yml }\n"),
            ("vars.yml", "include: { local: more.yml }\nvariables: { REGION: x }\n"),
            ("more.yml", "variables: { A: b }\n"),
            ("nobody.yml", "variables: { A: b }\n"),
            (".gitignore", "ignored.yml\n"),
            ("b.gitlab-ci.yml", "include: { local: ignored.yml }\n"),
            ("ignored.yml", "variables: { A: b }\n"),
        ] {
            std::fs::write(home.path().join(name), text).unwrap();
        }
        let all = walk(home.path(), &[], true, |_| false);
        let mut names: Vec<&str> = all.files.iter().map(|file| file.path.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, [".gitlab-ci.yml", "b.gitlab-ci.yml", "more.yml", "vars.yml"]);
    }
}
