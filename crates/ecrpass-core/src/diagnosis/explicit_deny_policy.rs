//! # A policy forbids it
//!
//! Not a missing permission: a statement denies the action, or a boundary around the account, the role, the session
//! or the VPC endpoint does not include it. An Allow elsewhere changes nothing: the Deny has to go, or the
//! boundary, session or endpoint policy itself has to include the action.
//!
//! ## Why it happens
//!
//! Organisations deny regions or unencrypted use by service control policies; permissions boundaries limit roles;
//! VPC endpoint policies allow certain registries only; a Deny asks for MFA. The simulation below knows no
//! endpoint, session or repository policy; for `ecr:GetAuthorizationToken` leave its resource out.
//!
//! ## Meanwhile
//!
//! Every identity under that policy is refused the same, whatever its own rights.

use super::{Case, Diagnosis, Outcome, Severity, Stage, by_hand, check, run, says};
use crate::access_denied::Layer;
use crate::doctor::Proof;

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "explicit-deny-policy",
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
    remedies: &[
        by_hand("ask whoever keeps the policy the message names; the message says which kind it is"),
        run(
            "for a VPC endpoint, read its policy",
            "aws ec2 describe-vpc-endpoints --region {region} --filters Name=service-name,Values=com.amazonaws.{region}.ecr.api,com.amazonaws.{region}.ecr.dkr --query 'VpcEndpoints[].PolicyDocument'",
        ),
    ],
    decide: "aws iam simulate-principal-policy --policy-source-arn {caller} --action-names {action} --resource-arns arn:aws:ecr:{region}:{account}:repository/{repository}",
    check: check(Stage::Token, examine),
};

fn examine(case: &Case<'_>) -> Outcome {
    let denied = case.denied_by(|denied| {
        denied.explicit || !matches!(denied.layer, Layer::Identity | Layer::Resource | Layer::Unknown)
    });
    if let Some(proof) = denied {
        return proof.outcome();
    }
    case.said("explicit-deny-policy")
        .map(Proof::outcome)
        .unwrap_or_else(|| case.refused_as("explicit-deny-policy"))
}
