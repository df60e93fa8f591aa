//! # The role may not be taken on
//!
//! `sts:AssumeRole` or `sts:AssumeRoleWithWebIdentity` was refused: the role's trust policy does not name this
//! caller, or the caller may not ask for it. No credentials, so no token.
//!
//! ## Why it happens
//!
//! The trust policy names another account, another repository or branch (`sub`), or another audience (`aud`); upper
//! and lower case count. The OIDC provider is missing in the account. The caller's own policy lacks
//! `sts:AssumeRole`. GitHub repositories created, renamed or transferred since July 2026 send
//! `repo:OWNER@<id>/REPO@<id>:…` as `sub`; a job with an environment sends `…:environment:NAME` in place of the
//! branch.
//!
//! ## Afterwards
//!
//! Trust policies hold within seconds; run the job again.

use super::{Diagnosis, Severity, Stage, by_hand, check, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "assume-role-denied",
    severity: Severity::Error,
    signatures: &[
        says(&["not authorized to perform: sts:assumerole"]).not_another().weight(95),
        says(&["not authorized to perform sts:assumerole"]).not_another().weight(95),
        says(&["could not assume role with oidc"]).not_another().weight(96),
        says(&["could not assume role with"]).not_another().weight(92),
        says(&["not authorized to perform: sts:tagsession"]).not_another().weight(94),
        says(&["assumerolewithwebidentity", "accessdenied"]).not_another().weight(94),
        says(&["accessdenied", "calling the assumerole"]).not_another().weight(95),
        says(&["assumerole", "accessdenied"]).not_another().weight(91),
        says(&["incorrect token audience"]).not_another().weight(95),
        says(&["not authorized to perform: sts:setsourceidentity"]).not_another().weight(92),
        says(&["error assuming role"]).about_ecr().weight(80),
        says(&["roles may not be assumed by root accounts"]).not_another().weight(95),
    ],
    remedies: &[
        run(
            "read the trust policy of the role",
            "aws iam get-role --role-name <role> --query Role.AssumeRolePolicyDocument",
        ),
        by_hand(
            "allow this principal in the trust policy; for OIDC, with the `sub` and `aud` the token really carries",
        ),
        by_hand("allow `sts:AssumeRole` on that role to the caller"),
    ],
    decide: "aws sts get-caller-identity",
    check: check(Stage::Credentials, |case| case.refused_as("assume-role-denied")),
};
