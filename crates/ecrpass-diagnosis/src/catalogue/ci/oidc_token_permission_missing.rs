//! The workflow may not ask for an OIDC token: what it looks like, and what fixes it. The page for users is `oidc_token_permission_missing.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{by_hand, confirm, edit};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::OidcTokenPermissionMissing,
    page: Page::new(include_str!("oidc_token_permission_missing.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["credentials could not be loaded"])
            .near(&["role-to-assume: arn", "role-to-assume: ***"])
            .shared()
            .weight(88),
        says(&["actions_id_token_request_url"]).without(&["google", "azure"]).shared().weight(97),
        says(&["actions_id_token_request_token"]).without(&["google", "azure"]).shared().weight(96),
        says(&["did you mean to set the `id-token` permission"]).shared().weight(97),
        says(&["did you mean to set the id-token permission"]).shared().weight(97),
        says(&["unable to get oidc token"]).shared().weight(93),
        says(&["failed to get id token"]).shared().weight(92),
        says(&["requesting 'id-token: write', but is only allowed"]).shared().weight(97),
        says(&["id-token: none"]).shared().weight(80),
    ],
    remedies: &[
        edit(
            "add the permission to the job",
            "a workflow",
            "permissions: { id-token: write, contents: read }",
        ),
        by_hand(
            "if the workflow is reusable, add it to the calling workflow too; pull requests from forks never get it",
        ),
    ],
    confirm: &[confirm("grep -n -A3 permissions: .github/workflows/*.y*ml")],
    check: None,
};
