//! What makes the login comes from a moving branch: what fixes it. The page for users is `unpinned_login_action.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, NOT_IN_LOGS, Page};
use crate::catalogue::remedy::{by_hand, in_ci};
use crate::finding::{Ci, Severity};

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::UnpinnedLoginAction,
    page: Page::new(include_str!("unpinned_login_action.md")),
    severity: Severity::Warning,
    signatures: NOT_IN_LOGS,
    remedies: &[
        by_hand("name a released version, better the full commit with the version in a comment"),
        in_ci(
            Ci::Github,
            "for Amazon's login action, for instance",
            "- uses: aws-actions/amazon-ecr-login@v2",
        ),
    ],
    confirm: &[common::AUDIT],
    check: None,
};
