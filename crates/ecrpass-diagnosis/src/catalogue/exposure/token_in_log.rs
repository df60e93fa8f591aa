//! A registry password is printed to the log: what fixes it. The page for users is `token_in_log.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, NOT_IN_LOGS, Page};
use crate::catalogue::remedy::{Own, by_hand, in_ci, own, run};
use crate::finding::{Ci, Severity};

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::TokenInLog,
    page: Page::new(include_str!("token_in_log.md")),
    severity: Severity::Error,
    signatures: NOT_IN_LOGS,
    remedies: &[
        run("pipe the password into the login, so that it is printed nowhere", "{login}"),
        by_hand("where only the exit status counts, send the output to /dev/null"),
        by_hand("where commands are traced (`set -x`), switch that off around it: `set +x`"),
        in_ci(Ci::Github, "or mask it directly after it was fetched", "echo \"::add-mask::$PASSWORD\""),
        own("or use the credential helper: no script handles a password", Own::Setup),
    ],
    confirm: &[common::AUDIT],
    check: None,
};
