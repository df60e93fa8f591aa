//! Pull-through cache rules: whoever asks for an image behind one has it imported, which a canary must not.

/// The prefix of a rule that all repositories are behind. Source: ECR user guide, "Creating a pull through cache rule".
const ALL: &str = "ROOT";

/// The prefixes that the console and the user guide suggest for upstream registries.
const SUGGESTED: [&str; 9] = [
    "azure",
    "chainguard",
    "docker-hub",
    "ecr-public",
    "github",
    "gitlab",
    "kubernetes",
    "public-ecr",
    "quay",
];

/// What is known of a registry's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Their prefixes.
    Known(Vec<String>),
    /// They could not be asked for.
    Unknown,
}

/// The prefix of the rule a repository is behind, as far as that is known.
pub fn behind(repository: &str, rules: &Rules) -> Option<String> {
    let has = |prefix: &str| prefix == ALL || below(repository, prefix);
    match rules {
        Rules::Known(prefixes) => prefixes.iter().find(|prefix| has(prefix)).cloned(),
        Rules::Unknown => {
            SUGGESTED.iter().find(|prefix| below(repository, prefix)).map(|prefix| (*prefix).to_owned())
        }
    }
}

fn below(repository: &str, prefix: &str) -> bool {
    let rest = repository.strip_prefix(prefix.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_known_by_its_prefix() {
        let rules = Rules::Known(vec!["docker-hub".to_owned(), "team/cache/".to_owned()]);
        for (repository, prefix) in [
            ("docker-hub/library/redis", Some("docker-hub")),
            ("team/cache/app", Some("team/cache/")),
            ("docker-hubs/library/redis", None),
            ("docker-hub", None),
            ("team/app", None),
            // Asked for and not there: it is somebody's own.
            ("quay/app", None),
        ] {
            assert_eq!(behind(repository, &rules).as_deref(), prefix, "{repository}");
        }
        assert!(behind("team/app", &Rules::Known(vec!["ROOT".to_owned()])).is_some());
        assert_eq!(behind("quay/app", &Rules::Unknown).as_deref(), Some("quay"));
        assert_eq!(behind("team/app", &Rules::Unknown), None);
    }
}
