//! Key and session token are of different credentials: what it looks like, and what fixes it. The page for users is `mixed_session_token.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{confirm, look, run};
use crate::check::{Case, CheckOutcome, Stage};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::MixedSessionToken,
    page: Page::new(include_str!("mixed_session_token.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["the security token included in the request is invalid"])
            .near(&["aws_session_token", "aws_security_token", "unset aws_session_token"])
            .shared()
            .weight(88),
        says(&["unrecognizedclientexception"])
            .near(&["aws_session_token", "aws_security_token"])
            .shared()
            .weight(88),
        says(&["invalidclienttokenid"])
            .near(&["aws_session_token", "aws_security_token"])
            .shared()
            .weight(88),
        says(&["the security token included in the request is invalid"]).shared().weight(75),
    ],
    remedies: &[
        run("remove the session token of the earlier session", "unset AWS_SESSION_TOKEN AWS_SECURITY_TOKEN"),
        look(
            "see where each part is set, without showing its value",
            "env | grep -oE '^AWS_(SESSION_TOKEN|SECURITY_TOKEN|ACCESS_KEY_ID)='; grep -noE '^\\[.*\\]|^aws_[a-z_]+' ~/.aws/credentials",
        ),
    ],
    confirm: &[confirm(
        "env | grep -oE '^AWS_(SESSION_TOKEN|SECURITY_TOKEN|ACCESS_KEY_ID)='; grep -noE '^\\[.*\\]|^aws_[a-z_]+' ~/.aws/credentials",
    )],
    check: check(Stage::Credentials, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    match case.without_keys_in_variables(case.refused()) {
        CheckOutcome::Found(mut proof) => {
            let set = |name: &str| case.bundle.machine.variable(name).is_some();
            if set("AWS_SESSION_TOKEN") || set("AWS_SECURITY_TOKEN") {
                *proof = proof.and("AWS_SESSION_TOKEN", "is set");
            }
            CheckOutcome::Found(proof)
        }
        other => other,
    }
}
