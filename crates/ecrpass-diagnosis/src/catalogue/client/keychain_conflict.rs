//! The macOS keychain refuses to replace the stored login: what it looks like, and what fixes it. The page for users is `keychain_conflict.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{confirm, run};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::KeychainConflict,
    page: Page::new(include_str!("keychain_conflict.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["(-25299)"]).near(&["credential", "docker", "login"]).not_another().weight(95),
        says(&["the specified item already exists in the keychain"])
            .near(&["credential", "docker", "login"])
            .not_another()
            .weight(97),
        says(&["invalid attempt to change the owner of an item"]).not_another().weight(96),
        says(&["(-25244)"]).not_another().weight(95),
        says(&["errsecduplicateitem"]).not_another().weight(95),
    ],
    remedies: &[
        run("remove the old item", "printf %s https://{host} | docker-credential-osxkeychain erase"),
        common::NOT_IN_KEYCHAIN,
    ],
    confirm: &[confirm("security find-internet-password -s {host}")],
    check: None,
};
