//! The password is too long for the Windows Credential Manager: what it looks like, and what fixes it. The page for users is `windows_credential_store_limit.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{Own, confirm_by, own};
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::WindowsCredentialStoreLimit,
    page: Page::new(include_str!("windows_credential_store_limit.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["not enough memory resources are available to process this command"])
            .near(&["credential"])
            .not_another()
            .weight(88),
        says(&["the stub received bad data"])
            .near(&["credentials", "docker", "amazonaws"])
            .not_another()
            .weight(97),
        says(&["error storing credentials", "bad data"]).not_another().weight(93),
        says(&["not enough storage is available to process this command"])
            .near(&["credential"])
            .not_another()
            .weight(88),
    ],
    remedies: &[own(
        "set up the credential helper for ECR; it stores nothing in the Credential Manager",
        Own::Setup,
    )],
    confirm: &[confirm_by(Own::Resolve)],
    check: check(Stage::Login, |case| case.store_failure()),
};
