//! The helper for other registries does not answer in time: what it looks like, and what fixes it. The page for users is `credential_delegate_slow.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, look};
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::CredentialDelegateSlow,
    page: Page::new(include_str!("credential_delegate_slow.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["[credential-delegate-slow]"]).weight(97),
        says(&["the `delegate` for registries other than ecr", "did not answer in time"]).weight(96),
    ],
    remedies: &[
        look("see which delegate is configured", "grep -n delegate ~/.config/ecrpass/config.toml"),
        by_hand(
            "run that delegate's `list` in a terminal, and answer what it asks or unlock the keychain it waits for",
        ),
        by_hand("or raise `deadline` in ~/.config/ecrpass/config.toml, or name another delegate"),
    ],
    confirm: &[confirm("docker-credential-ecr-login list")],
    check: check(Stage::Client, |case| case.refused()),
};
