//! # The workflow may not ask for an OIDC token
//!
//! The step wants to take on a role through GitHub's OIDC, and the job has no permission to get a token for it.
//!
//! ## Why it happens
//!
//! `permissions:` does not have `id-token: write`; a reusable workflow gets what its caller grants; pull requests
//! from forks never get it.

use super::{Diagnosis, Severity, by_hand, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "oidc-token-permission-missing",
    severity: Severity::Error,
    signatures: &[
        says(&["credentials could not be loaded"])
            .near(&["role-to-assume: arn", "role-to-assume: ***"])
            .weight(92),
        says(&["actions_id_token_request_url"]).without(&["google", "azure"]).weight(97),
        says(&["actions_id_token_request_token"]).without(&["google", "azure"]).weight(96),
        says(&["did you mean to set the `id-token` permission"]).weight(97),
        says(&["did you mean to set the id-token permission"]).weight(97),
        says(&["unable to get oidc token"]).weight(93),
        says(&["failed to get id token"]).weight(92),
        says(&["requesting 'id-token: write', but is only allowed"]).weight(97),
        says(&["id-token: none"]).weight(80),
    ],
    remedies: &[by_hand(
        "give the job `permissions: { id-token: write, contents: read }`, and the caller too if the workflow is reusable",
    )],
    decide: "grep -n -A3 permissions: .github/workflows/*.y*ml",
};
