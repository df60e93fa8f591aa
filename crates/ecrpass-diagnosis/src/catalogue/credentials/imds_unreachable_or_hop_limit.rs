//! The instance metadata service cannot be reached: what it looks like, and what fixes it. The page for users is `imds_unreachable_or_hop_limit.md`.

use ecrpass_core::DiagnosisId;
use ecrpass_credentials::refusal::RAISE_HOP_LIMIT;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, shared};
use crate::check::{Case, CheckOutcome, Stage, found};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::ImdsUnreachableOrHopLimit,
    page: Page::new(include_str!("imds_unreachable_or_hop_limit.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["credentials not found in native keychain"]).about_ecr().weight(62),
        says(&["error response received from instance metadata service"]).shared().weight(92),
        says(&["credential-provider-imds"]).near(&["error", "timeout"]).shared().weight(86),
        says(&["timeout", "169.254.169.254/latest/api/token"])
            .unless_near(&["computemetadata", "google"])
            .shared()
            .weight(96),
        says(&["ec2imds", "i/o timeout"]).shared().weight(96),
        says(&["ec2imds", "request send failed"]).about_ecr().weight(91),
        says(&["no ec2 imds role found", "deadline exceeded"]).about_ecr().weight(95),
        says(&["ec2imds", "deadline exceeded"]).about_ecr().weight(95),
        says(&["no ec2 imds role found", "context canceled"]).about_ecr().weight(93),
        says(&["169.254.169.254", "context deadline exceeded"])
            .unless_near(&["computemetadata", "google", "pkg.dev"])
            .shared()
            .weight(91),
        says(&["169.254.169.254", "timeout"])
            .unless_near(&["computemetadata", "google", "pkg.dev"])
            .shared()
            .weight(91),
        says(&["169.254.169.254", "timed out"])
            .unless_near(&["computemetadata", "google", "pkg.dev"])
            .shared()
            .weight(91),
        says(&["169.254.169.254", "connection refused"])
            .unless_near(&["computemetadata", "google", "pkg.dev"])
            .shared()
            .weight(90),
        says(&["169.254.169.254", "no route to host"])
            .unless_near(&["computemetadata", "google", "pkg.dev"])
            .shared()
            .weight(90),
        says(&["169.254.169.254", "request send failed"])
            .unless_near(&["computemetadata", "google", "pkg.dev"])
            .shared()
            .weight(88),
        says(&["ec2metadataerror"]).shared().weight(90),
        says(&["ec2rolerequesterror"]).shared().weight(92),
        says(&["failed to get imds token"]).shared().weight(92),
        says(&["unable to reach imds", "metadata"]).shared().weight(90),
        says(&["failed to load credentials from imds"]).shared().weight(91),
        says(&["unable to retrieve credentials from ec2"]).shared().weight(88),
        says(&["instance metadata", "timed out"]).shared().weight(88),
        says(&["credential from external registry credential provider", "context deadline exceeded"])
            .shared()
            .weight(64),
        says(&["unable to contact ec2 metadata service"]).shared().weight(91),
        says(&["max attempts exceeded", "metadata"]).shared().weight(85),
    ],
    remedies: &[
        shared("allow one more hop; every container on the instance can then use its role", RAISE_HOP_LIMIT),
        by_hand("or give the pod or task a role of its own (IRSA, EKS Pod Identity, a task role)"),
        by_hand("outside EC2, configure AWS credentials: none were found"),
    ],
    confirm: &[confirm(
        "curl -sS -m 2 -o /dev/null -w '%{http_code}\\n' -X PUT http://169.254.169.254/latest/api/token -H \"X-aws-ec2-metadata-token-ttl-seconds: 60\"",
    )],
    check: check(Stage::Credentials, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    let Some(metadata) = &case.bundle.aws.metadata else {
        return case.refused();
    };
    if metadata.is_hop_limit() && case.refusal().is_some() {
        let proof = found(&metadata.endpoint, "IMDSv1 answers, IMDSv2 does not: its hop limit is too low");
        return case.graded(proof).outcome();
    }
    match case.refused() {
        CheckOutcome::Found(proof) => match &metadata.failure {
            Some(failure) => CheckOutcome::Found(Box::new(proof.and(&metadata.endpoint, failure))),
            None => CheckOutcome::Found(proof),
        },
        other => other,
    }
}
