//! This identity may not push to the repository: what it looks like, and what fixes it. The page for users is `iam_missing_push_action.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{confirm, look};
use crate::catalogue::remedy_list::remedies;
use crate::catalogue::{callers, common, grants};
use crate::check::{Case, CheckOutcome, Stage, clear};
use crate::finding::Severity;

/// What shows that somebody pushes.
const PUSHES: [&str; 8] = [
    "docker push",
    "push refers to",
    "failed to push",
    "pushing image",
    "helm push",
    "crane push",
    "podman push",
    "push.sh",
];

/// What shows that somebody pulls.
const PULLS: [&str; 5] =
    ["docker pull", "failed to pull", "pull access denied", "cannotpull", "error pulling"];

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::IamMissingPushAction,
    page: Page::new(include_str!("iam_missing_push_action.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["failed to push", "403 forbidden"]).about_ecr().weight(84),
        says(&["@answered-403", "@private-registry"])
            .without(&["level=debug", "debu[", "starport"])
            .near(&["push refers to", "docker push", "pushing image", "failed to push", "blobs/uploads", "dopublish"])
            .weight(72),
        says(&["requested access to the resource is denied"]).about_ecr().weight(60),
        says(&["error parsing http 403 response body", "unexpected end of json input"])
            .near(&["push refers to", "docker push", "pushing image", "pushing to", "failed to push"])
            .about_ecr()
            .weight(89),
        says(&["error parsing http response", "unexpected end of json input"])
            .near(&["push refers to", "docker push", "pushing image", "pushing to", "failed to push"])
            .about_ecr()
            .weight(76),
        says(&["incorrect or mismatched registry credentials"]).about_ecr().weight(72),
        says(&["@pull-action", "failed to push"])
            .without(&["@other-policy", "@explicit-deny", "resource-based policy"])
            .weight(98),
        says(&["@pull-action", "push"])
            .without(&["@other-policy", "@explicit-deny", "resource-based policy", "pull access denied"])
            .weight(97),
        // Clients look whether layers are there already before they upload them.
        says(&["@pull-action"])
            .without(&["@other-policy", "@explicit-deny", "@service-caller", "resource-based policy"])
            .near(&PUSHES)
            .unless_near(&PULLS)
            .weight(98),
        says(&["@push-action"])
            .without(&[
                "@other-policy",
                "@explicit-deny",
                "@cross-account",
                "@service-caller",
                "resource-based policy",
                "permissions boundary",
                "service control",
                "vpc endpoint policy",
                "session policy",
            ])
            .weight(92),
        says(&["@push-action", "no identity-based policy allows"]).without(&["@other-policy", "@explicit-deny"]).weight(96),
        says(&["@push-action", "@cross-account"])
            .without(&["@other-policy", "@explicit-deny", "resource-based policy"])
            .weight(84),
        says(&["not authorized to perform: ecr:initiatelayerupload"])
            .without(&["@other-policy", "explicit deny", "resource-based policy", "@cross-account"])
            .weight(90),
        says(&["not authorized to perform: ecr-public:initiatelayerupload"]).weight(94),
        says(&["not authorized to perform: ecr-public:"])
            .without(&["getauthorizationtoken", "@tool-action"]).weight(91),
        says(&["blobs/uploads/", "403"]).about_ecr().weight(86),
        says(&["blobs/uploads/", "eof"]).about_ecr().weight(72),
        says(&["/blobs/", "403 forbidden"])
            .about_ecr()
            .unless_near(&["cannotpull", "kubelet", "failed to pull"])
            .weight(74),
        says(&["error checking push permissions", "denied"]).about_ecr().weight(76),
        says(&["retrying in 1 second"])
            .near(&["push refers to"])
            .unless_near(&["no basic auth", "not authorized", "timeout"])
            .about_ecr()
            .weight(62),
        says(&["accessdenied", "initiatelayerupload"]).without(&["is not authorized to perform"]).weight(91),
    ],
    remedies: remedies![
        &grants::PUSH,
        &grants::PUBLIC_PUSH,
        &[grants::PUSH_WRITTEN],
        callers::OTHERWISE,
        &[
            look("check that it is the right identity", "aws sts get-caller-identity"),
        ],
    ],
    confirm: &[confirm("aws iam simulate-principal-policy --policy-source-arn {caller} --action-names ecr:InitiateLayerUpload --resource-arns {arn}").private().for_callers(callers::SIMULATED), confirm("aws iam simulate-principal-policy --policy-source-arn {caller} --action-names ecr-public:InitiateLayerUpload --resource-arns {arn}").public().for_callers(callers::SIMULATED), common::WHO_CALLS],
    check: check(Stage::Repository, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    if !case.bundle.question.pushes() {
        return clear("it is about a pull");
    }
    // A push reads, too: whether layers and manifest are there already.
    match case.said_as(DiagnosisId::IamMissingPullAction) {
        Some(proof) => proof.outcome(),
        None => case.denied_action(),
    }
}
