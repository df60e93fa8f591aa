//! A repository policy lets every AWS account in: what fixes it. The page for users is `repository_policy_public.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, NOT_IN_LOGS, Page};
use crate::catalogue::remedy::by_hand;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::RepositoryPolicyPublic,
    page: Page::new(include_str!("repository_policy_public.md")),
    severity: Severity::Error,
    signatures: NOT_IN_LOGS,
    remedies: &[
        by_hand("name the accounts that may pull, each by the ARN of its root, in place of `*`"),
        by_hand(
            "or keep `*` with a condition on `aws:PrincipalOrgID`, which lets in the accounts of your organization alone",
        ),
    ],
    confirm: &[common::AUDIT],
    check: None,
};
