//! Code of strangers is built with a login in place: what fixes it. The page for users is `untrusted_code_with_login.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, NOT_IN_LOGS, Page};
use crate::catalogue::remedy::by_hand;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::UntrustedCodeWithLogin,
    page: Page::new(include_str!("untrusted_code_with_login.md")),
    severity: Severity::Error,
    signatures: NOT_IN_LOGS,
    remedies: &[
        by_hand(
            "build pull requests on `pull_request`, without AWS credentials; push after the merge, in a job of its own",
        ),
        by_hand(
            "or split it: one workflow builds without credentials and uploads the result, another one pushes it without running any of it",
        ),
        by_hand("if it has to stay, require an environment with reviewers before the job gets credentials"),
    ],
    confirm: &[common::AUDIT],
    check: None,
};
