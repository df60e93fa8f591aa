//! A registry password is handed to other jobs in clear text: what fixes it. The page for users is `token_passed_on.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, NOT_IN_LOGS, Page};
use crate::catalogue::remedy::{by_hand, in_ci, run};
use crate::finding::{Ci, Severity};

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::TokenPassedOn,
    page: Page::new(include_str!("token_passed_on.md")),
    severity: Severity::Warning,
    signatures: NOT_IN_LOGS,
    remedies: &[
        run("log in in the job that needs it, and pass on only the host", "{login}"),
        in_ci(
            Ci::Github,
            "where an environment file has to hold it, mask it first",
            "echo \"::add-mask::$PASSWORD\"",
        ),
        by_hand(
            "for a private image of `services:` or `container:` GitHub has no other way: use a role that can only pull, and leave debug logging off",
        ),
    ],
    confirm: &[common::AUDIT],
    check: None,
};
