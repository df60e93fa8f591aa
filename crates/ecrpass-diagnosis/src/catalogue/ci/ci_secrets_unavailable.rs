//! The pipeline's secrets are empty for this run: what it looks like, and what fixes it. The page for users is `ci_secrets_unavailable.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{by_hand, confirm};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::CiSecretsUnavailable,
    page: Page::new(include_str!("ci_secrets_unavailable.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["the security token included in the request is invalid"])
            .near(&["pull_request event", "event: pull_request", "pull request from"])
            .shared()
            .weight(95),
        says(&["input required and not supplied: aws-region"])
            .near(&["dependabot", "aws-access-key-id: \u{1}", "fork"])
            .shared()
            .weight(97),
        says(&["secure environment variables", "removed"]).near(&["aws", "ecr"]).shared().weight(90),
        says(&["encrypted environment variables have been removed"]).shared().weight(96),
        says(&["unable to locate credentials"])
            .near(&[
                "encrypted environment variables",
                "secret source: none",
                "is empty",
                "ci_commit_ref_protected",
            ])
            .shared()
            .weight(97),
        says(&["- required field"]).near(&["aws_access_key_id"]).shared().weight(93),
        says(&["aws_access_key_id", "is empty"]).shared().weight(93),
        says(&["secret source: none"]).near(&["aws", "ecr"]).shared().weight(90),
        says(&["credentials could not be loaded"])
            .near(&["configure-aws-credentials"])
            .unless_near(&[
                "role-to-assume: arn",
                "role-to-assume: ***",
                "aws-access-key-id: ***",
                "id-token",
                "access-key-id: akia",
            ])
            .shared()
            .weight(86),
        says(&["could not load credentials from any providers"])
            .near(&["dependabot", "pull_request", "from fork", "fork"])
            .shared()
            .weight(93),
        says(&["unable to locate credentials"])
            .near(&["dependabot", "from fork", "protected variable", "pull_request_target"])
            .shared()
            .weight(96),
        says(&["input required and not supplied: aws-access-key-id"]).shared().weight(93),
        says(&["input required and not supplied: role-to-assume"]).shared().weight(93),
        says(&["input required and not supplied: aws-secret-access-key"]).shared().weight(93),
        says(&["username and password required"]).about_ecr().weight(91),
        says(&["error: username required"]).about_ecr().weight(90),
        says(&["aws-access-key-id: \n"]).shared().weight(60),
        says(&["'aws-secret-access-key' must be provided if 'aws-access-key-id' is provided"])
            .shared()
            .weight(94),
        says(&["credential \"aws", "not found"]).near(&["jenkins", "pipeline"]).shared().weight(80),
        // Jenkins's words.
        says(&["could not find credentials matching"]).near(&["aws", "ecr"]).shared().weight(91),
        says(&["could not find credentials entry with id"]).about_ecr().weight(91),
        says(&["the security token included in the request is invalid"])
            .near(&["dependabot", "from fork"])
            .shared()
            .weight(94),
    ],
    remedies: &[
        by_hand(
            "on branches of the repository itself use OIDC (`permissions: id-token: write`), which needs no secret",
        ),
        by_hand(
            "for pull requests from forks, do not push, or push after the merge; do not build their code with pull_request_target",
        ),
        by_hand(
            "or make the secret available to this event, environment or branch; for Dependabot, add it to Dependabot's own list of secrets",
        ),
    ],
    confirm: &[confirm("gh secret list")],
    check: None,
};
