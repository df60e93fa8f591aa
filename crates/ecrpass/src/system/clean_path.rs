//! Paths without `.` and `..`, as far as that can be told without looking.

use std::path::{Component, Path, PathBuf};

/// The path without them. A link's own parent is not looked up: `link/..` is where the link stands.
pub fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_back_is_gone() {
        assert_eq!(clean(Path::new("/a/./b/../c")), Path::new("/a/c"));
        assert_eq!(clean(Path::new("/../../a")), Path::new("/a"));
    }
}
