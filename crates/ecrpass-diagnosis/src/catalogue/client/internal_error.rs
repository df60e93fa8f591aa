//! A bug of our own: what it looks like, and what to do meanwhile. The page for users is `internal_error.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, run};
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::InternalError,
    page: Page::new(include_str!("internal_error.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["[internal-error]", "ecr-login"]).weight(97),
        says(&["ecr-login", "stopped because of a bug in it"]).weight(97),
    ],
    remedies: &[
        by_hand("try again: what happens by chance may not happen twice"),
        run("if it fails again, report it with these lines", "tail -n 20 ~/.ecr/log/ecr-login.log"),
    ],
    confirm: &[common::ASK_HELPER],
    check: check(Stage::Client, |case| case.refused()),
};
