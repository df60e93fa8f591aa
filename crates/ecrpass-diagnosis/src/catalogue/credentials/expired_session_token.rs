//! The temporary AWS credentials have expired: what it looks like, and what fixes it. The page for users is `expired_session_token.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{Own, own, run};
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::ExpiredSessionToken,
    page: Page::new(include_str!("expired_session_token.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["the security token included in the request is expired"]).shared().weight(95),
        says(&["expiredtokenexception"]).shared().weight(94),
        says(&["(expiredtoken)"]).shared().weight(94),
        says(&["expiredtoken:"]).shared().weight(93),
        says(&["the provided token has expired"]).shared().weight(92),
        says(&["session token", "expired"]).about_ecr().weight(88),
        says(&["token is expired"]).near(&["assumerole"]).about_ecr().weight(85),
        says(&["\"errorcode\":\"expiredtoken"]).shared().weight(93),
        says(&["credentials", "have expired"]).near(&["aws", "ecr"]).about_ecr().weight(88),
    ],
    remedies: &[
        run(
            "remove old copies from the environment",
            "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
        ),
        run("start a new session", "aws sso login{profile-option}"),
        own("see which credentials are used, and where they come from", Own::Whoami),
    ],
    confirm: &[common::WHO_CALLS],
    check: check(Stage::Credentials, |case| case.without_keys_in_variables(case.refused())),
};
