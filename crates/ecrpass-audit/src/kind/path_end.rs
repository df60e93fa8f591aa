//! How a path ends, in whole names. Every file of a tree is asked, so nothing is put together for it.

/// Whether a path is that one, or ends in it.
pub(super) fn ends_in(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_whole() {
        for (path, end, expected) in [
            (".github/workflows", ".github/workflows", true),
            ("a/.github/workflows", ".github/workflows", true),
            ("a.github/workflows", ".github/workflows", false),
            ("workflows", ".github/workflows", false),
        ] {
            assert_eq!(ends_in(path, end), expected, "{path}");
        }
    }
}
