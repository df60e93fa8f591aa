//! Tags that are pushed again and again: those of a repository that is immutable can be pushed once.

/// Names that people give to what moves.
const MOVING: [&str; 27] = [
    "latest",
    "stable",
    "prod",
    "production",
    "staging",
    "stage",
    "dev",
    "develop",
    "development",
    "main",
    "master",
    "edge",
    "nightly",
    "current",
    "release",
    "canary",
    "test",
    "qa",
    "uat",
    "beta",
    "next",
    "live",
    "snapshot",
    "preview",
    "trunk",
    "head",
    "cache",
];

/// Variables that hold the name of a branch.
const BRANCHES: [&str; 14] = [
    "CI_COMMIT_REF_SLUG",
    "CI_COMMIT_REF_NAME",
    "CI_COMMIT_BRANCH",
    "BRANCH_NAME",
    "GIT_BRANCH",
    "CIRCLE_BRANCH",
    "BITBUCKET_BRANCH",
    "BUILDKITE_BRANCH",
    "GITHUB_HEAD_REF",
    "DRONE_BRANCH",
    "TRAVIS_BRANCH",
    "Build.SourceBranchName",
    "github.head_ref",
    "BRANCH",
];

/// Whether a tag moves; `${…}` in it is what is not known.
pub fn is_moving(tag: &str) -> bool {
    let name = tag.to_ascii_lowercase();
    if MOVING.contains(&name.as_str()) {
        return true;
    }
    let inner = tag.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let inner = inner.or_else(|| tag.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')')));
    inner.is_some_and(|inner| {
        let inner = inner.trim().trim_start_matches("env.");
        BRANCHES.contains(&inner)
            || inner.starts_with("git rev-parse --abbrev-ref")
            || inner.starts_with("git branch --show-current")
    })
}

/// The repository and the tag of an image on a registry's host; a push without a tag is one of `latest`.
pub fn parts(image: &str) -> Option<(&str, &str)> {
    let slash = crate::known::find_outside_holes(image, &['/'])?;
    let path = image.get(slash + 1..)?;
    if path.contains('@') {
        return None;
    }
    match crate::known::find_outside_holes(path, &[':']) {
        Some(colon) => Some((path.get(..colon)?, path.get(colon + 1..)?)),
        None => Some((path, "latest")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_is_told_from_versions() {
        for tag in ["latest", "Stable", "${CI_COMMIT_REF_SLUG}", "$(git rev-parse --abbrev-ref HEAD)"] {
            assert!(is_moving(tag), "{tag}");
        }
        for tag in ["1.2.3", "${GITHUB_SHA}", "v1", "$(git rev-parse HEAD)", "latest-${X}", "${TAG}"] {
            assert!(!is_moving(tag), "{tag}");
        }
    }

    #[test]
    fn images_are_taken_apart() {
        let host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
        assert_eq!(parts(&format!("{host}/a/b:1")), Some(("a/b", "1")));
        assert_eq!(parts(&format!("{host}/a")), Some(("a", "latest")));
        assert_eq!(parts("${HOST}/a:${T:-x}"), Some(("a", "${T:-x}")));
        assert_eq!(parts(&format!("{host}/a@sha256:0")), None);
        assert_eq!(parts("a"), None);
    }
}
