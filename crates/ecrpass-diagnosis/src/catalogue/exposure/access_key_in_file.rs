//! An AWS access key is written in a file: what fixes it. The page for users is `access_key_in_file.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, NOT_IN_LOGS, Page};
use crate::catalogue::remedy::by_hand;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::AccessKeyInFile,
    page: Page::new(include_str!("access_key_in_file.md")),
    severity: Severity::Error,
    signatures: NOT_IN_LOGS,
    remedies: &[
        by_hand(
            "deactivate the key first, then see what fails: `aws iam update-access-key --status Inactive --access-key-id` with its id; delete it after that",
        ),
        by_hand(
            "use a role in its place: OIDC in a pipeline, a task or execution role in ECS, an instance profile, IRSA or Pod Identity in Kubernetes",
        ),
        by_hand(
            "where a key is unavoidable, keep it in the secrets of the platform, never in a file of the repository",
        ),
    ],
    confirm: &[common::AUDIT],
    check: None,
};
