//! The pipeline logs in to AWS with stored keys: what fixes it. The page for users is `static_keys_in_pipeline.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, NOT_IN_LOGS, Page};
use crate::catalogue::remedy::{by_hand, in_ci};
use crate::finding::{Ci, Severity};

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::StaticKeysInPipeline,
    page: Page::new(include_str!("static_keys_in_pipeline.md")),
    severity: Severity::Note,
    signatures: NOT_IN_LOGS,
    remedies: &[
        in_ci(
            Ci::Github,
            "assume a role with the workflow's own identity; the job needs `permissions: { id-token: write, contents: read }`",
            "- { uses: aws-actions/configure-aws-credentials@v6, with: { role-to-assume: \"${{ vars.ECR_ROLE }}\", aws-region: {region} } }",
        ),
        in_ci(
            Ci::Gitlab,
            "assume a role with the job's own identity",
            "id_tokens: { AWS_TOKEN: { aud: sts.amazonaws.com } }",
        ),
        by_hand(
            "register the CI system as an OpenID Connect provider in IAM, and let a role trust exactly this repository (`ecrpass policy` writes the trust policy); then delete the key",
        ),
    ],
    confirm: &[common::AUDIT],
    check: None,
};
