//! The files an audit looks at: what git would show of a directory, files that are named, what is staged, or what is on
//! this machine. Of all of them only those are kept that can matter.

mod gathered;
mod git;
pub mod host;
mod place;
mod prefilter;
mod read;
mod walk;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use ecrpass_audit::named;
use ecrpass_audit::source::Tree;

use self::gathered::{Gathered, Keeps, covers};
pub use self::gathered::{Scope, Skipped};
use self::place::Place;
use crate::error::CommandError;

/// Which files are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All below the paths.
    All,
    /// What the next commit of the repository has in it.
    Staged,
    /// What differs from a revision.
    Since(String),
}

/// Files that are looked at together.
#[derive(Debug)]
pub struct AuditTree {
    /// The files that matter.
    pub tree: Tree,
    /// Only in these something is looked for; the others are there to be referred to.
    pub only: Option<HashSet<String>>,
    /// Of which files of the tree, whether they are there or not, anything can be said.
    pub scope: Scope,
    /// Where they are.
    pub root: PathBuf,
    /// Whether it is a repository's.
    pub is_repository: bool,
    /// What was not looked at.
    pub skipped: Vec<Skipped>,
    /// How many files were read.
    pub looked_at: usize,
}

impl AuditTree {
    /// Where a file of the tree is.
    pub fn real(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// A file's path as it is told: from here, if it is below.
    pub fn shown(&self, path: &str, here: &Path) -> String {
        let real = self.real(path);
        real.strip_prefix(here).unwrap_or(&real).display().to_string()
    }
}

/// Reads all that is wanted, one tree for each repository or directory.
///
/// # Errors
/// When git is asked for and does not answer, or a path is not there.
pub fn collect(
    paths: &[PathBuf],
    extent: &Extent,
    here: &Path,
    now: i64,
) -> Result<Vec<AuditTree>, CommandError> {
    collect_keeping(paths, extent, here, now, |_| false)
}

/// The same, with files that are kept whatever is in them.
///
/// # Errors
/// When git is asked for and does not answer, or a path is not there.
pub fn collect_keeping(
    paths: &[PathBuf],
    extent: &Extent,
    here: &Path,
    now: i64,
    keeps: Keeps,
) -> Result<Vec<AuditTree>, CommandError> {
    let mut places: BTreeMap<(PathBuf, bool), Place> = BTreeMap::new();
    for path in paths {
        let place = place::of(path, here)?;
        match places.get_mut(&(place.root.clone(), place.is_repository)) {
            Some(known) => known.add(place),
            None => {
                places.insert((place.root.clone(), place.is_repository), place);
            }
        }
    }
    places.into_values().map(|place| tree(place, extent, now, keeps)).collect()
}

fn tree(place: Place, extent: &Extent, now: i64, keeps: Keeps) -> Result<AuditTree, CommandError> {
    let mut gathered = Gathered::default();
    if place.is_walked {
        // What git ignores neither differs from a revision nor is staged.
        let named = if *extent == Extent::All { place.directories.as_slice() } else { &[] };
        gathered = walk::walk(&place.root, named, place.is_repository, keeps);
    }
    // What is named is looked at, also where git ignores it and nothing in it seems to matter.
    for path in &place.files {
        read::named(&place.root, path, place.is_repository, &mut gathered);
    }
    let mut only = place.only();
    let mut scope = Scope { asked: place.extent(), ..Scope::default() };
    if *extent != Extent::All {
        if !place.is_repository {
            return Err(CommandError::could_not_run(
                format!("{} is in no git repository.", place.root.display()),
                "leave --staged and --since out, or name a path in a repository",
            ));
        }
        let changed = match extent {
            Extent::Since(revision) => git::since(&place.root, revision)?,
            _ => git::staged(&place.root)?,
        };
        if *extent == Extent::Staged {
            git::put_staged(&place.root, &changed, &mut gathered)?;
        }
        let is_asked = |path: &String| only.as_ref().is_none_or(|only| covers(only, path));
        only = Some(changed.iter().map(git::Name::path).filter(is_asked).collect());
        scope.asked.clone_from(&only);
    } else if let Some(asked) = only {
        let inside = gathered.files.iter().map(|file| file.path.clone());
        let inside: HashSet<String> = inside.filter(|path| covers(&asked, path)).collect();
        // What cannot be read elsewhere is nobody's concern here.
        let path = |skipped: &Skipped| skipped.tree_path(&place.root);
        gathered.skipped.retain(|skipped| covers(&asked, &path(skipped)));
        gathered.looked_at = inside.len();
        only = Some(inside);
    }
    let Gathered { mut files, skipped, looked_at, is_cut, .. } = gathered;
    files.sort_by(|one, other| one.path.cmp(&other.path));
    // Two may differ only in what is not shown of their names.
    files.dedup_by(|one, other| one.path == other.path && one.text == other.text);
    scope.leave_out(&skipped, &place.root);
    scope.skipped.extend(is_cut.then(String::new));
    let (tree, root, is_repository) = (named::tree(files, now), place.root, place.is_repository);
    Ok(AuditTree { tree, only, scope, root, is_repository, skipped, looked_at })
}
