//! The role cannot be assumed: what it looks like, and what fixes it. The page for users is `assume_role_denied.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::by_hand;
use crate::check::Stage;
use crate::finding::Severity;

/// What STS says in a region that the account has not switched it on for.
const INACTIVE: [&str; 2] = ["regiondisabledexception", "is not activated in this region"];

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::AssumeRoleDenied,
    page: Page::new(include_str!("assume_role_denied.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["not authorized to perform: sts:assumerole"]).shared().weight(95),
        says(&["not authorized to perform sts:assumerole"]).shared().weight(95),
        says(&["could not assume role with oidc"]).shared().weight(96),
        says(&["could not assume role with"]).shared().weight(92),
        says(&["not authorized to perform: sts:tagsession"]).shared().weight(94),
        says(&["assumerolewithwebidentity", "accessdenied"]).shared().weight(94),
        says(&["accessdenied", "calling the assumerole"]).shared().weight(95),
        says(&["regiondisabledexception", "assumerole"]).shared().weight(93),
        says(&["assumerole", "accessdenied"]).shared().weight(91),
        // Whose job it is, is in the issuer's name; a cluster's is a pod's (`irsa-web-identity-invalid`).
        says(&["no openidconnect provider found", "token.actions.githubusercontent.com"]).shared().weight(95),
        says(&["no openidconnect provider found", "https://gitlab.com"]).shared().weight(95),
        says(&["no openidconnect provider found", "oidc.circleci.com"]).shared().weight(95),
        says(&["no openidconnect provider found", "api.bitbucket.org"]).shared().weight(95),
        says(&["no openidconnect provider found", "agent.buildkite.com"]).shared().weight(95),
        says(&["no openidconnect provider found", "vstoken.dev.azure.com"]).shared().weight(95),
        says(&["no openidconnect provider found", "app.terraform.io"]).shared().weight(95),
        says(&["incorrect token audience"]).shared().weight(95),
        says(&["not authorized to perform: sts:setsourceidentity"]).shared().weight(92),
        // Whatever else STS says to it.
        says(&["calling the assumerole"]).without(&["expired"]).shared().weight(72),
        says(&["operation error sts: assumerole"]).shared().weight(72),
        says(&["error assuming role"]).about_ecr().weight(80),
        says(&["roles may not be assumed by root accounts"]).shared().weight(95),
    ],
    remedies: &[
        by_hand(
            "if STS is not active in this region, switch it on in the account settings of IAM, or ask STS in another region",
        )
        .if_said(&INACTIVE),
        by_hand("read the trust policy of the role, in the account it belongs to").unless_said(&INACTIVE),
        by_hand(
            "allow this principal in the trust policy; for OIDC, with the `sub` and `aud` that the token really has",
        )
        .unless_said(&INACTIVE),
        by_hand("allow `sts:AssumeRole` on that role to the caller").unless_said(&INACTIVE),
    ],
    confirm: &[common::WHO_CALLS],
    check: check(Stage::Credentials, |case| case.refused()),
};
