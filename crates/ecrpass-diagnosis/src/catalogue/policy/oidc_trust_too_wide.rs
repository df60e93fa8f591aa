//! A role trusts every repository of a CI system: what fixes it. The page for users is `oidc_trust_too_wide.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, NOT_IN_LOGS, Page};
use crate::catalogue::remedy::by_hand;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::OidcTrustTooWide,
    page: Page::new(include_str!("oidc_trust_too_wide.md")),
    severity: Severity::Error,
    signatures: NOT_IN_LOGS,
    remedies: &[
        by_hand(
            "require the subject of one repository, for instance `\"StringLike\": {\"token.actions.githubusercontent.com:sub\": \"repo:ORGANIZATION/REPOSITORY:*\"}`, better of one branch or environment; `ecrpass policy generate` writes trust policies",
        ),
        by_hand("replace `ForAllValues:` operators: they are also true when the token has no such claim"),
    ],
    confirm: &[common::AUDIT],
    check: None,
};
