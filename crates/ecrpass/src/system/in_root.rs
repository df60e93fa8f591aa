//! Paths of a machine whose files lie below a directory, as of an image that is being built: a link there means what it
//! means on that machine, and never a file of the one that looks.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// How many links a path may lead through. Source: Linux, `MAXSYMLINKS`.
const MOST_LINKS: usize = 40;

/// Where a path below a root leads, its links followed as that machine would follow them. Of one that leads in circles, the
/// path itself.
pub fn followed(root: &Path, path: &Path) -> PathBuf {
    // A machine's own root.
    if root.parent().is_none() {
        return path.to_owned();
    }
    passed(root, path).pop().unwrap_or_else(|| path.to_owned())
}

/// The places that a path leads through, one in the other and where links lead to, the root first and its end last; none
/// of a path that leads in circles, or is not below the root.
pub fn passed(root: &Path, path: &Path) -> Vec<PathBuf> {
    let Ok(inside) = path.strip_prefix(root) else { return Vec::new() };
    let mut places = vec![root.to_owned()];
    let mut left: VecDeque<OsString> = names(inside).collect();
    let (mut at, mut links) = (root.to_owned(), 0);
    while let Some(name) = left.pop_front() {
        if name == ".." {
            if at != root {
                at.pop();
            }
            places.push(at.clone());
            continue;
        }
        let next = at.join(&name);
        let Ok(target) = std::fs::read_link(&next) else {
            at = next;
            places.push(at.clone());
            continue;
        };
        links += 1;
        if links > MOST_LINKS {
            return Vec::new();
        }
        if target.has_root() {
            root.clone_into(&mut at);
        }
        names(&target).rev().for_each(|name| left.push_front(name));
        places.push(at.clone());
    }
    places
}

/// The names that a path is made of, `..` among them.
fn names(path: &Path) -> impl DoubleEndedIterator<Item = OsString> {
    path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_lead_to_places_below_the_root() {
        let outside = tempfile::tempdir().unwrap();
        let root = outside.path().join("image");
        fs::create_dir_all(root.join("home/a")).unwrap();
        fs::create_dir_all(root.join("opt/x")).unwrap();
        for (target, name) in [
            ("/opt/c.json", "home/a/absolute"),
            ("../../opt/c.json", "home/a/relative"),
            ("../../../../../../opt/c.json", "home/a/above"),
            ("/home/a/absolute", "home/a/twice"),
            ("/opt/x", "home/a/directory"),
            ("loop", "home/a/loop"),
        ] {
            symlink(target, root.join(name)).unwrap();
        }
        for (path, expected) in [
            ("home/a/absolute", "opt/c.json"),
            ("home/a/relative", "opt/c.json"),
            ("home/a/above", "opt/c.json"),
            ("home/a/twice", "opt/c.json"),
            ("home/a/directory/y", "opt/x/y"),
            ("home/a/loop", "home/a/loop"),
            ("home/a/plain", "home/a/plain"),
            ("etc/passwd", "etc/passwd"),
        ] {
            assert_eq!(followed(&root, &root.join(path)), root.join(expected), "{path}");
        }
        let places = passed(&root, &root.join("home/a/directory/y"));
        for place in ["home/a", "opt", "opt/x", "opt/x/y"] {
            assert!(places.contains(&root.join(place)), "{place}: {places:?}");
        }
        assert_eq!(passed(&root, &root.join("home/a/loop")), Vec::<PathBuf>::new());
        assert_eq!(followed(Path::new("/"), Path::new("/etc/passwd")), Path::new("/etc/passwd"));
    }
}
