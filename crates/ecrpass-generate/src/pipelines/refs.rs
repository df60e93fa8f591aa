//! Branches and tags of git as people name them: exactly, or with `*` for any run of characters, which is what IAM takes
//! `*` for. Each CI system has its own patterns; what stands for the same in one of them is written here.

use ecrpass_iam::generate::Refusal;

/// Checks a branch or a tag.
///
/// # Errors
/// [`Refusal`] for what git does not take as a name, and for patterns that IAM and the CI system read differently.
pub fn check(name: &str) -> Result<(), Refusal> {
    let refused = |what: &str| {
        Err(Refusal::new(
            format!("`{}` cannot be a branch or a tag: {what}.", ecrpass_core::safe_line::safe_line(name)),
            "give its name, with * for any run of characters: release/*",
        ))
    };
    if name.is_empty()
        || name.starts_with(['-', '/', '.'])
        || name.ends_with(['/', '.'])
        || name.ends_with(".lock")
    {
        return refused("git takes no such name");
    }
    if name.contains("..") || name.contains("@{") || name.contains("//") || name == "@" {
        return refused("git takes no such name");
    }
    if name.starts_with("refs/") {
        return refused("it is a whole ref, and the short name is meant");
    }
    if name.chars().any(|c| c.is_control() || " ~^:?[\\".contains(c)) {
        return refused("git takes no spaces, and none of ~ ^ : ? [ \\");
    }
    // A system would put something in for it, or IAM would.
    if name.contains("${") || name.contains("{{") {
        return refused("CI systems and IAM put something in for that");
    }
    if !name.is_ascii() {
        return refused("IAM compares ASCII alone");
    }
    Ok(())
}

/// Whether it stands for several.
pub fn is_pattern(name: &str) -> bool {
    name.contains('*')
}

/// Whether every system reads it as itself.
pub fn is_simple(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c))
}

/// A filter of GitHub: `*` ends at a slash there, `**` does not, and `+`, `!`, `]` mean something.
pub fn github(name: &str) -> String {
    let mut filter = String::new();
    for character in name.chars() {
        match character {
            '*' => filter.push_str("**"),
            '+' | '!' | ']' => {
                filter.push('\\');
                filter.push(character);
            }
            other => filter.push(other),
        }
    }
    filter
}

/// A comparison in a rule of GitLab.
pub fn gitlab(variable: &str, name: &str) -> String {
    match is_simple(name) {
        true => format!("${variable} == \"{name}\""),
        false => format!("${variable} =~ /{}/", crate::pipelines::quote::regex(name)),
    }
}

/// A filter of CircleCI: a whole name, or a regular expression between slashes.
pub fn circleci(name: &str) -> String {
    match is_simple(name) {
        true => name.to_owned(),
        false => format!("/{}/", crate::pipelines::quote::regex(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_does_not_take_is_refused() {
        for name in ["main", "release/*", "v*", "feature/x_1", "a+b", "it's", "a\"b", "x$(id)", "a;b", "`id`"]
        {
            assert!(check(name).is_ok(), "{name}");
        }
        for name in [
            "",
            "-x",
            "a b",
            "a..b",
            "a:b",
            "re?",
            "[ab]",
            "a\\b",
            "x/",
            "refs/heads/main",
            "${{ x }}",
            "a\nb",
            "ä",
        ] {
            assert!(check(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn each_system_has_its_patterns() {
        assert_eq!(github("release/*"), "release/**");
        assert_eq!(github("a+b!"), "a\\+b\\!");
        assert_eq!(gitlab("CI_COMMIT_BRANCH", "main"), "$CI_COMMIT_BRANCH == \"main\"");
        assert_eq!(gitlab("CI_COMMIT_BRANCH", "release/*"), "$CI_COMMIT_BRANCH =~ /^release\\/.*$/");
        assert_eq!(circleci("main"), "main");
        assert_eq!(circleci("a\"b"), "/^a\\x22b$/");
    }
}
