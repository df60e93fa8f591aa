//! Versions as references name them: `v4`, `4.2.1`, a commit with its version in a comment.

use crate::yaml;

/// The major version of a reference that ends at that byte of its file.
pub fn major(text: &str, version: Option<&str>, end: usize) -> Option<u32> {
    let version = version?;
    if is_commit(version) {
        return yaml::comment_after(text, end)?.split_whitespace().find_map(leading_number);
    }
    leading_number(version)
}

/// Whether a version is a commit, which nobody can move.
pub fn is_commit(version: &str) -> bool {
    (version.len() == 40 || version.len() == 64) && version.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a version is one of a release rather than a branch.
pub fn is_release(version: &str) -> bool {
    let short_commit =
        (7..40).contains(&version.len()) && version.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_commit(version) || short_commit || leading_number(version).is_some()
}

/// `v4.2.1`, `4`, `release-4`: the first number, if the text is a version.
fn leading_number(version: &str) -> Option<u32> {
    let version =
        version.trim_start_matches("tag=").trim_start_matches("release-").trim_start_matches("release/");
    let version = version.trim_start_matches(['v', 'V']);
    let digits = version.find(|character: char| !character.is_ascii_digit()).unwrap_or(version.len());
    let behind = version.get(digits..)?;
    let is_version = behind.is_empty() || behind.starts_with(['.', '-', '+']);
    version.get(..digits)?.parse().ok().filter(|_| is_version)
}

/// The parts of a version: `1.16.300` is `[1, 16, 300]`.
pub fn parts(version: &str) -> Vec<u32> {
    version.trim_start_matches('v').split(['.', '-', '_']).map_while(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn majors_are_read_from_tags_and_comments() {
        assert_eq!(major("", Some("v4"), 0), Some(4));
        assert_eq!(major("", Some("1.7.0"), 0), Some(1));
        assert_eq!(major("", Some("main"), 0), None);
        let commit = "ff717079ee2060e4bcee96c4779b553acc87447c";
        let text = format!("uses: a/b@{commit} # v4.2.1");
        assert_eq!(major(&text, Some(commit), text.find(" #").unwrap()), Some(4));
        assert_eq!(major(&format!("uses: a/b@{commit}"), Some(commit), 50), None);
    }

    #[test]
    fn branches_are_no_releases() {
        for version in ["v1", "1.2.3", "release-2", "ff717079ee2060e4bcee96c4779b553acc87447c", "ff71707"] {
            assert!(is_release(version), "{version}");
        }
        for version in ["main", "master", "HEAD", "feature/1", "latest", "volatile", "v"] {
            assert!(!is_release(version), "{version}");
        }
        assert!(parts("1.16.300") < parts("1.17.10"));
    }
}
