//! The registry cannot be reached: what it looks like, and what fixes it. The page for users is `network_timeout_registry.md`.

use ecrpass_core::DiagnosisId;
use ecrpass_credentials::aws_call::NetworkFailure;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::look;
use crate::check::{Case, CheckOutcome, Stage, clear, found, unknown};
use crate::facts::Destination;
use crate::finding::Severity;

/// What a pull ends with that took too long, whoever was waited for.
const OUT_OF_TIME: &str = "code = deadlineexceeded desc = context deadline exceeded";

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::NetworkTimeoutRegistry,
    page: Page::new(include_str!("network_timeout_registry.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["dkr.ecr", "client.timeout exceeded"])
            .without(&["169.254.169.254", "starport", "s3.", "imds"])
            .weight(94),
        says(&["dkr.ecr", "request canceled while waiting for connection"])
            .without(&["169.254.169.254", "starport", "s3.", "imds"])
            .weight(95),
        says(&["dkr.ecr", "i/o timeout"])
            .without(&["169.254.169.254", "starport", "s3.", "imds", "lookup ", "//api.ecr", "proxyconnect"])
            .weight(94),
        says(&["dkr.ecr", "connection timed out"])
            .without(&["169.254.169.254", "starport", "s3.", "imds", "//api.ecr", "proxyconnect"])
            .weight(94),
        says(&["dkr.ecr", "operation timed out"])
            .without(&["169.254.169.254", "starport", "s3.", "imds", "resolve"])
            .weight(93),
        says(&["dkr.ecr", "tls handshake timeout"])
            .without(&["169.254.169.254", "starport", "s3.", "imds"])
            .weight(84),
        says(&["dkr.ecr", "context deadline exceeded"])
            .without(&[
                "169.254.169.254",
                "starport",
                "s3.",
                "imds",
                "credential provider",
                "//api.ecr",
                "proxyconnect",
                OUT_OF_TIME,
            ])
            .weight(92),
        // The registry, S3, and a layer that is too large for the time all come to this.
        says(&["dkr.ecr", OUT_OF_TIME]).weight(64),
        // CRI-O's words for a registry that it cannot reach.
        says(&["because the registry is unavailable"]).about_ecr().weight(74),
        says(&["dkr.ecr", "connection refused"])
            .without(&["169.254.169.254", "starport", "s3.", "imds", "//api.ecr", "proxyconnect"])
            .weight(92),
        says(&["dkr.ecr", "no route to host"])
            .without(&["169.254.169.254", "starport", "s3.", "imds", "//api.ecr", "proxyconnect"])
            .weight(94),
        says(&["dkr.ecr", "network is unreachable"])
            .without(&["169.254.169.254", "starport", "s3.", "imds", "//api.ecr", "proxyconnect"])
            .weight(94),
        says(&["client.timeout exceeded while awaiting headers"])
            .without(&["169.254.169.254", "starport", "s3.", "imds"])
            .about_ecr()
            .weight(90),
        says(&["request canceled while waiting for connection"])
            .without(&["169.254.169.254", "starport", "s3.", "imds"])
            .about_ecr()
            .weight(91),
        says(&["public.ecr.aws", "i/o timeout"])
            .without(&["169.254.169.254", "starport", "s3.", "imds", "lookup "])
            .weight(93),
        says(&["public.ecr.aws", "client.timeout exceeded"])
            .without(&["169.254.169.254", "starport", "s3.", "imds"])
            .weight(93),
        says(&["tls handshake timeout"])
            .without(&["169.254.169.254", "starport", "s3.", "imds"])
            .about_ecr()
            .weight(84),
        says(&["dkr.ecr", "connecttimeouterror"])
            .without(&["169.254.169.254", "starport", "s3.", "imds"])
            .weight(93),
    ],
    remedies: &[
        look("try the network path", "curl -sS -m 5 -o /dev/null -w '%{http_code}\\n' https://{host}/v2/"),
        common::OPEN_VPC,
        common::OPEN_VPC_TO_PUBLIC,
        common::OPEN_FARGATE,
    ],
    confirm: &[common::REACH_REGISTRY],
    check: check(Stage::Registry, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    const KINDS: [NetworkFailure; 3] =
        [NetworkFailure::Connect, NetworkFailure::Timeout, NetworkFailure::Broken];
    let daemon = case.subject.daemon_login.known().or(case.subject.daemon_manifest.known());
    let Some(way) = case.network_path(Destination::Registry) else { return unknown(case.not_reached()) };
    match &way.failure {
        Some(failure) if KINDS.contains(&failure.kind) => {
            let proof = found(&way.host, &failure.words);
            if case.daemon_gets_through() { case.of_this_process(proof).outcome() } else { proof.outcome() }
        }
        Some(_) => unknown("stopped before"),
        None => match daemon {
            // Only the daemon does not get there.
            Some(answer) if answer.failure.is_some_and(|kind| KINDS.contains(&kind)) => {
                found("the docker daemon", &answer.message)
                    .and(&way.host, "this process can reach it, the daemon cannot")
                    .outcome()
            }
            _ => clear("the registry answers"),
        },
    }
}
