//! Trust policies: issuers that many share have to be asked whose token it is, and STS makes keys of some claims only.
//!
//! Sources: IAM User Guide, "Identity-provider controls for shared OIDC providers"; the condition keys of STS in the
//! service authorization reference.

use crate::document::model::{Effect, NamedKind, Statement};
use crate::document::problem::ProblemKind;

/// Issuers that many organizations share, and the claim that tells them apart. Without it, AWS refuses the policy.
const SHARED: [(&str, &str); 13] = [
    ("token.actions.githubusercontent.com", "sub"),
    ("gitlab.com", "sub"),
    ("app.terraform.io", "sub"),
    ("agent.buildkite.com", "sub"),
    ("oidc.codefresh.io", "sub"),
    ("scalr.io", "sub"),
    ("proidc.upbound.io", "sub"),
    ("studio.datachain.ai/api", "sub"),
    ("cognito-identity.amazonaws.com", "aud"),
    ("oidc.vercel.com", "aud"),
    ("api.pulumi.com/oidc", "aud"),
    ("sandboxes.cloud", "aud"),
    ("oidc-configuration.audit-log.githubusercontent.com", "sub"),
];

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

/// Reports what is wrong with a statement of a trust policy.
pub(super) fn check(statement: &Statement, report: &mut impl FnMut(usize, ProblemKind)) {
    for condition in &statement.conditions {
        let key = condition.key.to_ascii_lowercase();
        let Some((issuer, claim)) = key.rsplit_once(':') else { continue };
        let Some((_, further)) = FURTHER.iter().find(|(known, _)| *known == issuer) else { continue };
        let is_user = issuer == "gitlab.com" && claim.starts_with("user_");
        if !COMMON.contains(&claim) && !further.contains(&claim) && !is_user {
            report(condition.span.start, ProblemKind::UnknownClaim(condition.key.clone()));
        }
    }
    if statement.effect != Effect::Allow {
        return;
    }
    let listed = statement.principals.iter().flat_map(|listed| &listed.items);
    for item in listed.filter(|item| item.value.kind == NamedKind::Federated) {
        let name = &item.value.text;
        let issuer = name.split_once(":oidc-provider/").map_or(name.as_str(), |(_, issuer)| issuer);
        let Some((issuer, claim)) = SHARED.iter().find(|(known, _)| *known == issuer) else { continue };
        let wanted = format!("{issuer}:{claim}");
        let compares = |key: &str| key.eq_ignore_ascii_case(&wanted);
        if !statement.conditions.iter().any(|condition| compares(&condition.key)) {
            report(item.span.start, ProblemKind::AnyTenant { issuer: (*issuer).to_owned(), claim });
        }
    }
}
