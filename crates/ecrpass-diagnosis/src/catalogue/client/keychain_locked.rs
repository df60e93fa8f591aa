//! The macOS keychain is locked in this session: what it looks like, and what fixes it. The page for users is `keychain_locked.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{confirm, run};
use crate::check::Stage;
use crate::finding::Severity;

/// What asks the keychain for keys to sign with, and not for a login.
const SIGNING: [&str; 4] = ["codesign", "xcodebuild", "security import", "signing identity"];

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::KeychainLocked,
    page: Page::new(include_str!("keychain_locked.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["user interaction is not allowed"])
            .near(&["credential", "docker", "login", "registry", "podman", "helper"])
            .unless_near(&SIGNING)
            .not_another()
            .weight(56),
        says(&["errsecinteractionnotallowed"]).unless_near(&SIGNING).not_another().weight(58),
        says(&["user interaction is not allowed"]).near(&["credential", "docker"]).not_another().weight(96),
        says(&["(-25308)"]).near(&["credential", "docker"]).not_another().weight(95),
        says(&["the user name or passphrase you entered is not correct"]).not_another().weight(92),
        says(&["errsecinteractionnotallowed"]).near(&["credential", "docker"]).not_another().weight(95),
        says(&["keychain cannot be accessed because the current session does not allow user interaction"])
            .not_another()
            .weight(97),
        says(&["keychain", "is locked"]).unless_near(&SIGNING).not_another().weight(92),
    ],
    remedies: &[
        run(
            "open the keychain in this session",
            "security unlock-keychain ~/Library/Keychains/login.keychain-db",
        ),
        common::NOT_IN_KEYCHAIN,
    ],
    confirm: &[confirm("security show-keychain-info ~/Library/Keychains/login.keychain-db")],
    check: check(Stage::Login, |case| case.store_failure()),
};
