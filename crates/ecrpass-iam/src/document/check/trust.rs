//! Trust policies: issuers that many share have to be asked whose token it is, and STS makes keys of some claims only.
//!
//! Source: IAM User Guide, "Identity-provider controls for shared OIDC providers".

use crate::claims;
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

/// Reports what is wrong with a statement of a trust policy.
pub(super) fn check(statement: &Statement, report: &mut impl FnMut(usize, ProblemKind)) {
    for condition in &statement.conditions {
        if claims::is_unknown(&condition.key) {
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
