//! A policy allows everything in every repository: what fixes it. The page for users is `iam_ecr_too_wide.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, NOT_IN_LOGS, Page};
use crate::catalogue::remedy::by_hand;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::IamEcrTooWide,
    page: Page::new(include_str!("iam_ecr_too_wide.md")),
    severity: Severity::Warning,
    signatures: NOT_IN_LOGS,
    remedies: &[
        by_hand(
            "allow `ecr:GetAuthorizationToken` on `*`, and only the actions that are needed on the ARN of the repository; `ecrpass policy generate` writes that",
        )
        .private(),
        by_hand("allow `ecr-public:GetAuthorizationToken` and `sts:GetServiceBearerToken` on `*`, and the actions of a push on one repository")
            .public(),
        by_hand(
            "of Amazon's own policies, `AmazonEC2ContainerRegistryPullOnly` is enough to pull, and `AmazonEC2ContainerRegistryPowerUser` to push",
        ),
    ],
    confirm: &[common::AUDIT],
    check: None,
};
