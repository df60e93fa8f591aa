//! # The macOS keychain is locked in this session
//!
//! The login sits in the keychain, or is to go there, and the keychain cannot ask for permission: an SSH session
//! and a CI service have no screen to ask on.
//!
//! ## Why it happens
//!
//! The keychain is opened by logging in at the screen. `docker login` over SSH or from launchd comes without that.

use super::{Diagnosis, Severity, Stage, check, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "keychain-locked",
    severity: Severity::Error,
    signatures: &[
        says(&["user interaction is not allowed"]).near(&["credential", "docker"]).not_another().weight(96),
        says(&["(-25308)"]).near(&["credential", "docker"]).not_another().weight(95),
        says(&["the user name or passphrase you entered is not correct"]).not_another().weight(92),
        says(&["errsecinteractionnotallowed"]).near(&["credential", "docker"]).not_another().weight(95),
        says(&["keychain cannot be accessed because the current session does not allow user interaction"])
            .not_another()
            .weight(97),
        says(&["keychain", "is locked"]).not_another().weight(92),
    ],
    remedies: &[
        run(
            "open the keychain in this session",
            "security unlock-keychain ~/Library/Keychains/login.keychain-db",
        ),
        run("or keep ECR out of it", "ecrpass setup {host}"),
    ],
    decide: "security show-keychain-info ~/Library/Keychains/login.keychain-db",
    check: check(Stage::Login, |case| case.store_failure("keychain-locked")),
};
