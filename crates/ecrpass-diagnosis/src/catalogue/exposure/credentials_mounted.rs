//! A container gets the host's logins or keys: what fixes it. The page for users is `credentials_mounted.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, NOT_IN_LOGS, Page};
use crate::catalogue::remedy::by_hand;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::CredentialsMounted,
    page: Page::new(include_str!("credentials_mounted.md")),
    severity: Severity::Note,
    signatures: NOT_IN_LOGS,
    remedies: &[
        by_hand(
            "give the container a role of its own: a task role, IRSA or Pod Identity, an instance profile",
        ),
        by_hand(
            "for a program that pulls, such as Watchtower, mount the helper and a config.json that names it (`{\"credHelpers\":{\"{host}\":\"ecr-login\"}}`) in place of the login",
        ),
        by_hand("for development, mount it read-only (`:ro`) and only the profile that is needed"),
    ],
    confirm: &[common::AUDIT],
    check: None,
};
