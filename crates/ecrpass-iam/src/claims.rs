//! The claims of a token that STS makes condition keys of. Of issuers that are not listed here nothing is known.
//!
//! Source: the condition keys of STS in the service authorization reference.

/// The claims that every issuer's tokens have as keys.
const COMMON: [&str; 6] = ["aud", "sub", "amr", "email", "oaud", "iss"];

/// The further claims of an issuer that are keys.
const FURTHER: [(&str, &[&str]); 3] = [
    (
        "token.actions.githubusercontent.com",
        &[
            "actor",
            "actor_id",
            "enterprise_id",
            "environment",
            "job_workflow_ref",
            "ref",
            "repository",
            "repository_id",
            "repository_owner_id",
            "workflow",
        ],
    ),
    ("gitlab.com", &["namespace_id", "project_id", "pipeline_source", "ref_protected", "runner_environment"]),
    (
        "agent.buildkite.com",
        &[
            "organization_slug",
            "organization_id",
            "pipeline_slug",
            "pipeline_id",
            "build_branch",
            "cluster_id",
            "cluster_name",
        ],
    ),
];

/// Whether a key is named after a claim that STS makes no key of, so that it never has a value.
pub fn is_unknown(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let Some((issuer, claim)) = key.rsplit_once(':') else { return false };
    let Some((_, further)) = FURTHER.iter().find(|(known, _)| *known == issuer) else { return false };
    let is_user = issuer == "gitlab.com" && claim.starts_with("user_");
    !COMMON.contains(&claim) && !further.contains(&claim) && !is_user
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_without_a_key_are_known_for_some_issuers() {
        for (key, expected) in [
            ("token.actions.githubusercontent.com:sub", false),
            ("token.actions.githubusercontent.com:Repository", false),
            ("token.actions.githubusercontent.com:head_ref", true),
            ("gitlab.com:user_login", false),
            ("gitlab.com:ref", true),
            ("idp.example.com:anything", false),
            ("aws:SourceIp", false),
        ] {
            assert_eq!(is_unknown(key), expected, "{key}");
        }
    }
}
