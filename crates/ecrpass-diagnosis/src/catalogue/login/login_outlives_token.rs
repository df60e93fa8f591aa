//! A login is used for longer than it is valid: what fixes it. The page for users is `login_outlives_token.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, NOT_IN_LOGS, Page};
use crate::catalogue::remedy::{Own, by_hand, own, run};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::LoginOutlivesToken,
    page: Page::new(include_str!("login_outlives_token.md")),
    severity: Severity::Warning,
    signatures: NOT_IN_LOGS,
    remedies: &[
        own("set up the credential helper, which fetches a new token when one is needed", Own::Setup),
        run(
            "or log in directly before each pull or push, for instance as `ExecStartPre` of the unit",
            "{login}",
        ),
        by_hand(
            "renew at least every 8 hours: after 12 hours the new login comes when the old one has already expired",
        ),
    ],
    confirm: &[common::AUDIT],
    check: None,
};
