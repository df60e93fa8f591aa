//! The pipeline dropped an output because it looks like a secret: what it looks like, and what fixes it. The page for users is `ci_output_masked.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{by_hand, confirm};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::CiOutputMasked,
    page: Page::new(include_str!("ci_output_masked.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["skip output", "since it may contain secret"]).weight(97),
        says(&["skipping output", "secret"]).weight(90),
    ],
    remedies: &[
        by_hand("do not pass the login to another job: log in in the job that pushes"),
        by_hand(
            "set `mask-aws-account-id: false` if only the host is passed to another job, and do not store the account id as a secret",
        ),
    ],
    confirm: &[confirm("grep -rn \"outputs.registry\" .github/workflows")],
    check: None,
};
