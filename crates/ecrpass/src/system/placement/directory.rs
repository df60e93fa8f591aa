//! Which directory of `PATH` a helper may be put into.

use std::collections::HashSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use ecrpass_core::environment::Environment;

/// Directories of `PATH` that this user may write, the best first: where the program lies, the user's own, the
/// machine's, any other.
pub fn candidates(environment: &dyn Environment, own: Option<&Path>) -> Vec<PathBuf> {
    let path = environment.var("PATH").unwrap_or_default();
    let mut seen = HashSet::new();
    // The user's own need not be there yet.
    let to_be_made = after_all(environment).filter(|directory| directory.symlink_metadata().is_err());
    let is_usable = |directory: &PathBuf| {
        is_lasting(directory) && !is_of_packages(directory) && is_safe(directory) && is_writable(directory)
            || to_be_made.as_ref() == Some(directory)
    };
    let mut all: Vec<PathBuf> = env::split_paths(&path)
        .filter(|directory| directory.is_absolute() && seen.insert(directory.clone()))
        .filter(is_usable)
        .collect();
    let home = environment.home();
    let rank = |directory: &PathBuf| {
        let is = |name: &str| home.as_ref().is_some_and(|home| *directory == home.join(name));
        if own == Some(directory) {
            0
        } else if is(".local/bin") {
            1
        } else if is("bin") {
            2
        } else if *directory == Path::new("/usr/local/bin") {
            3
        } else {
            4
        }
    };
    // One by one as PATH has them, where they rank alike.
    all.sort_by_key(rank);
    all
}

/// The user's own directory for programs, on `PATH` or not.
pub fn after_all(environment: &dyn Environment) -> Option<PathBuf> {
    environment.home().filter(|home| home.is_absolute()).map(|home| home.join(".local/bin"))
}

/// Whether what is put there stays: not in what belongs to a project, and is deleted with it.
fn is_lasting(directory: &Path) -> bool {
    let has_part = |part: &str| directory.components().any(|one| one.as_os_str() == part);
    let is_environment = directory.parent().is_some_and(|parent| parent.join("pyvenv.cfg").exists());
    !has_part("node_modules") && !has_part("target") && !is_environment
}

/// Whether the package manager owns what is in there (FHS 3.0 §4.4): a file that no package knows is in its way.
fn is_of_packages(directory: &Path) -> bool {
    ["/bin", "/sbin", "/usr/bin", "/usr/sbin"].iter().any(|theirs| directory == Path::new(theirs))
}

/// Whether nobody else can put another program in its place.
#[cfg(unix)]
fn is_safe(directory: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(directory).is_ok_and(|metadata| metadata.is_dir() && metadata.mode() & 0o002 == 0)
}

#[cfg(not(unix))]
fn is_safe(directory: &Path) -> bool {
    directory.is_dir()
}

#[cfg(unix)]
fn is_writable(directory: &Path) -> bool {
    rustix::fs::access(directory, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
fn is_writable(directory: &Path) -> bool {
    fs::metadata(directory).is_ok_and(|metadata| !metadata.permissions().readonly())
}

#[cfg(test)]
mod tests {
    use ecrpass_core::environment::EnvironmentInMemory;

    use super::*;

    #[test]
    fn nothing_is_put_among_the_files_of_packages() {
        let own = tempfile::tempdir().unwrap();
        let path = format!("/usr/bin:/bin:/usr/sbin:{}:/sbin", own.path().display());
        let environment = EnvironmentInMemory::of_variables([("PATH", path.as_str())]);
        assert_eq!(candidates(&environment, Some(Path::new("/usr/bin"))), [own.path()]);
    }
}
