//! A password for a private registry was sent to ECR Public: what it looks like, and what fixes it. The page for users is `private_token_at_public_ecr.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{by_hand, confirm, run};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::PrivateTokenAtPublicEcr,
    page: Page::new(include_str!("private_token_at_public_ecr.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["your authorization token is invalid"])
            .near(&["public.ecr.aws"])
            .unless_near(&["dkr.ecr"])
            .weight(80),
        says(&["login attempt to https://public.ecr.aws", "400"])
            .near(&["aws ecr get-login-password", "aws ecr get-login"])
            .weight(97),
        says(&["public.ecr.aws", "aws ecr get-login-password"]).weight(90),
        says(&["public.ecr.aws", "400 bad request"])
            .near(&["aws ecr get-login-password", "aws ecr get-login "])
            .weight(97),
        says(&["400 bad request"]).near(&["@private-token-to-public"]).weight(97),
        says(&["401 unauthorized"]).near(&["@private-token-to-public"]).weight(93),
        says(&["403 forbidden"]).near(&["@private-token-to-public"]).weight(96),
        says(&["denied"])
            .near(&["@private-token-to-public"])
            .without(&["not authorized to perform"])
            .weight(90),
        says(&["login attempt to https://public.ecr.aws", "400"]).weight(80),
    ],
    remedies: &[
        run("log in with a password for ECR Public, which only us-east-1 issues", "{login}").at_ecr_public(),
        by_hand(
            "ask for the password with `aws ecr-public get-login-password --region us-east-1`, in whatever logs in there",
        ),
        run("or log out: pulls from ECR Public need no login", "{logout}").when_pulling().at_ecr_public(),
    ],
    confirm: &[confirm("aws ecr-public describe-registries --region us-east-1")],
    // A log or an event tells it; no fact that is collected does.
    check: None,
};
