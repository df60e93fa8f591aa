//! Where a file stands in its git repository: a code host knows it by nothing else.

use std::path::{Component, Path, PathBuf};

use super::clean_path::clean;

/// The path of a file from the root of its repository, with `/`; `None` where no file or no repository is.
pub fn in_repository(file: &Path, here: &Path) -> Option<String> {
    let path = clean(&here.join(file));
    let root = if path.is_file() { root(&path)? } else { return None };
    let parts = path.strip_prefix(&root).ok()?.components().filter_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    Some(parts.collect::<Vec<_>>().join("/"))
}

/// The root of the repository that a path is in.
pub fn root(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|directory| directory.join(".git").symlink_metadata().is_ok()).map(Path::to_owned)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test's way of failing
mod tests {
    use super::*;

    #[test]
    fn what_is_in_no_repository_has_no_place_in_one() {
        let directory = tempfile::tempdir().unwrap();
        let here = directory.path().join("r/sub");
        std::fs::create_dir_all(here.join("deep")).unwrap();
        let place = |file: &str| in_repository(Path::new(file), &here);
        for file in ["a.sh", "deep/b.sh", "../c.sh"] {
            std::fs::write(here.join(file), "").unwrap();
            assert_eq!(place(file), None);
        }
        // A worktree's is a file.
        std::fs::write(directory.path().join("r/.git"), "gitdir: elsewhere\n").unwrap();
        let absolute = here.join("a.sh").display().to_string();
        for (file, expected) in [
            ("a.sh", "sub/a.sh"),
            ("./deep/b.sh", "sub/deep/b.sh"),
            ("../c.sh", "c.sh"),
            (absolute.as_str(), "sub/a.sh"),
        ] {
            assert_eq!(place(file).as_deref(), Some(expected));
        }
        for file in ["stdin", "deep", "gone.sh", "../../a.sh"] {
            assert_eq!(place(file), None, "{file}");
        }
    }
}
