//! This identity may not do what a tool does beside pulls and pushes: what it looks like, and what fixes it. The page for users is `iam_missing_ecr_action.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy_list::remedies;
use crate::catalogue::{callers, common, grants};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::IamMissingEcrAction,
    page: Page::new(include_str!("iam_missing_ecr_action.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["@tool-action"])
            .without(&[
                "@explicit-deny",
                "@cross-account",
                "resource-based policy",
                "vpc endpoint policy",
                "permissions boundary",
                "service control",
                "session policy",
            ])
            .weight(94),
        says(&["@tool-action", "@cross-account"])
            .without(&["@explicit-deny", "resource-based policy"])
            .weight(76),
        says(&["accessdenied", "createrepository"]).without(&["is not authorized to perform"]).weight(91),
        says(&["accessdenied", "describerepositories"]).without(&["is not authorized to perform"]).weight(91),
        says(&["accessdenied", "describeimages"]).without(&["is not authorized to perform"]).weight(91),
        says(&["accessdenied", "listimages"]).without(&["is not authorized to perform"]).weight(91),
        says(&["accessdenied", "putlifecyclepolicy"]).without(&["is not authorized to perform"]).weight(91),
        says(&["accessdenied", "setrepositorypolicy"]).without(&["is not authorized to perform"]).weight(91),
        says(&["accessdenied", "listtagsforresource", "ecr"])
            .without(&["is not authorized to perform"])
            .weight(91),
        says(&["accessdenied", "batchdeleteimage"]).without(&["is not authorized to perform"]).weight(91),
    ],
    remedies: remedies![&grants::TOOL_ACTION, callers::OTHERWISE,],
    confirm: &[common::WHO_CALLS],
    // A log or an event tells it; no fact that is collected does.
    check: None,
};
