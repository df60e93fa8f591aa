//! Paths of files of the tree as pipelines and scripts name them.

use crate::source::{SourceFile, Tree};

/// The file of the tree that a path means, from a directory of it. What begins with a variable for the checkout's root
/// is looked for from the root.
pub fn find<'a>(tree: &'a Tree, directory: &str, path: &str) -> Option<&'a SourceFile> {
    let roots = [
        "$GITHUB_WORKSPACE/",
        "${GITHUB_WORKSPACE}/",
        "${{ github.workspace }}/",
        "$CI_PROJECT_DIR/",
        "${CI_PROJECT_DIR}/",
        "$WORKSPACE/",
        "${WORKSPACE}/",
        "$BITBUCKET_CLONE_DIR/",
        "$CODEBUILD_SRC_DIR/",
        "${CODEBUILD_SRC_DIR}/",
        "$TRAVIS_BUILD_DIR/",
        "$(Build.SourcesDirectory)/",
        "$(System.DefaultWorkingDirectory)/",
        "/workspace/",
        "/drone/src/",
    ];
    if let Some(rest) = roots.iter().find_map(|root| path.strip_prefix(root)) {
        return tree.get(&joined("", rest)?);
    }
    let within = joined(directory, path).and_then(|path| tree.get(&path));
    // A change of the directory that was not followed.
    within.or_else(|| tree.get(&joined("", path)?))
}

/// A path from a directory, without `.` and `..`; nothing if it leaves the tree or is made at run time.
pub fn joined(directory: &str, path: &str) -> Option<String> {
    if path.is_empty() || path.contains(['$', '*', '\n']) || path.starts_with(['/', '~']) {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_in_the_tree() {
        assert_eq!(joined("a/b", "./../c.sh").as_deref(), Some("a/c.sh"));
        assert_eq!(joined("a", "../../c.sh"), None);
        assert_eq!(joined("", "/etc/x"), None);
        assert_eq!(joined("", "$DIR/x"), None);
    }
}
