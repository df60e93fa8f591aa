//! # The macOS keychain refuses to replace the stored login
//!
//! An item for this registry is in the keychain already, put there by another program or version, and the new login
//! may not replace it.
//!
//! ## Why it happens
//!
//! Docker Desktop and another tool (OrbStack, Rancher Desktop, Finch) are signed differently and cannot change each
//! other's items. Two logins at the same moment collide too.

use super::{Diagnosis, Severity, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "keychain-conflict",
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
        run("or take ECR out of the keychain for good", "ecrpass setup {host}"),
    ],
    decide: "security find-internet-password -s {host}",
    check: None,
};
