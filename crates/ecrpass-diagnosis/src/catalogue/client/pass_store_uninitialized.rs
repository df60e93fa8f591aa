//! The `pass` credential store is not set up: what it looks like, and what fixes it. The page for users is `pass_store_uninitialized.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{Own, confirm, own, run};
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::PassStoreUninitialized,
    page: Page::new(include_str!("pass_store_uninitialized.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["before you may use the password store"]).not_another().weight(97),
        says(&["pass init"]).near(&["credential", "password store"]).not_another().weight(93),
        says(&["pass not initialized"]).not_another().weight(97),
        says(&["pass store is uninitialized"]).not_another().weight(97),
        says(&["password store is empty"]).not_another().weight(95),
        says(&["password-store is empty"]).not_another().weight(95),
        says(&["exec: \"pass\"", "executable file not found"]).not_another().weight(96),
        says(&["gpg: decryption failed"])
            .near(&["credential", "password store", "password-store", "config.json"])
            .not_another()
            .weight(92),
        says(&["gpg: public key decryption failed"]).near(&["credential"]).not_another().weight(91),
        says(&["gpg:", "skipped: no public key"]).near(&["credential", "pass"]).not_another().weight(91),
    ],
    remedies: &[
        own("set up the credential helper for ECR, which needs no credential store", Own::Setup),
        run(
            "or set the store up, as the user who runs docker",
            "gpg --generate-key && pass init \"$(gpg --list-secret-keys --with-colons | awk -F: '/^fpr/ { print $10; exit }')\"",
        ),
    ],
    confirm: &[confirm("pass ls")],
    check: check(Stage::Login, |case| case.store_failure()),
};
