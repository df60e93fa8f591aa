//! A policy forbids it: what it looks like, and what fixes it. The page for users is `explicit_deny_policy.md`.

use ecrpass_core::DiagnosisId;
use ecrpass_iam::denial::Reason;
use ecrpass_iam::policy_kind::PolicyKind;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, run};
use crate::catalogue::{callers, common};
use crate::check::{Case, CheckOutcome, Proof, Stage};
use crate::finding::Severity;

/// The kinds of policy that are none of a VPC endpoint's.
const OTHER_LAYERS: [&str; 6] = [
    "service control policy",
    "resource control policy",
    "permissions boundary",
    "session policy",
    "identity-based policy",
    "resource-based policy",
];

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::ExplicitDenyPolicy,
    page: Page::new(include_str!("explicit_deny_policy.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["explicit deny", "ecr:"]).weight(97),
        says(&["explicit deny", "getauthorizationtoken"]).weight(97),
        says(&["explicit deny"]).about_ecr().weight(94),
        says(&["@explicit-deny", "@ecr-action"]).weight(97),
        says(&["ecr:", "no vpc endpoint policy allows"]).weight(97),
        says(&["ecr:", "no permissions boundary allows"]).weight(97),
        says(&["ecr:", "no service control policy allows"]).weight(97),
        says(&["ecr:", "no resource control policy allows"]).weight(97),
        says(&["ecr:", "no session policy allows"]).weight(97),
        says(&["sts:getservicebearertoken", "explicit deny"]).weight(97),
    ],
    remedies: &[by_hand("ask the owner of the policy that the message mentions; the message says which kind of policy it is"), run("for a VPC endpoint, read its policy", "aws ec2 describe-vpc-endpoints --region {region} --query 'VpcEndpoints[?contains(ServiceName, `ecr`)].PolicyDocument'").private().unless_said(&OTHER_LAYERS), run("for the repository's policy, read it, in the account that owns it", "aws ecr get-repository-policy --region {region} --registry-id {account} --repository-name {repository} --query policyText --output text").private().if_said(&["resource-based policy"])],
    confirm: &[confirm("aws iam simulate-principal-policy --policy-source-arn {caller} --action-names {action} --resource-arns {arn}").for_callers(callers::SIMULATED), common::WHO_CALLS],
    check: check(Stage::Token, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    let denied = case.denied_by(|denied| {
        let by_who_grants = Reason::NotAllowed(PolicyKind::Identity);
        let by_owner = Reason::NotAllowed(PolicyKind::Resource);
        ![by_who_grants, by_owner, Reason::Unsaid].contains(&denied.reason)
    });
    if let Some(proof) = denied {
        return proof.outcome();
    }
    case.said().map(Proof::outcome).unwrap_or_else(|| case.refused())
}
