//! Version 1 of the metadata service is allowed: what fixes it. The page for users is `imds_v1_allowed.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, NOT_IN_LOGS, Page};
use crate::catalogue::remedy::{by_hand, edit};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::ImdsV1Allowed,
    page: Page::new(include_str!("imds_v1_allowed.md")),
    severity: Severity::Warning,
    signatures: NOT_IN_LOGS,
    remedies: &[
        edit("require version 2", "a Terraform resource", "metadata_options { http_tokens = \"required\" }"),
        by_hand("where containers need the instance's role, allow a hop limit of 2 as well"),
        by_hand(
            "look at the metric `MetadataNoToken` of the instance first: programs that it counts still use version 1",
        ),
    ],
    confirm: &[common::AUDIT],
    check: None,
};
