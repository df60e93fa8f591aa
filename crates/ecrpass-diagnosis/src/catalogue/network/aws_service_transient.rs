//! A passing fault of AWS or of the network: what it looks like, and what fixes it. The page for users is `aws_service_transient.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::by_hand;
use crate::check::{Case, CheckOutcome, Stage, found};
use crate::facts::RegistryResponse;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::AwsServiceTransient,
    page: Page::new(include_str!("aws_service_transient.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["unknown blob"]).near(&["push refers to", "failed to push"]).about_ecr().weight(74),
        // An engine answers 500 itself, with what the registry said.
        says(&["@answered-5xx"])
            .without(&[
                "no basic auth",
                "denied",
                "unauthorized",
                "not authorized",
                "not found",
                "no such host",
                "timeout",
                "level=debug",
                "debu[",
            ])
            .weight(84),
        says(&["read timed out"]).about_ecr().without(&["endpoint url"]).weight(76),
        says(&["serverexception", "getauthorizationtoken"]).weight(94),
        says(&["internal server error", "getauthorizationtoken"]).weight(93),
        says(&["internalfailure", "getauthorizationtoken"]).weight(94),
        says(&["500 internal server error"]).about_ecr().without(&["no basic auth"]).weight(86),
        says(&["503 service unavailable"]).about_ecr().weight(91),
        says(&["service unavailable"]).about_ecr().weight(88),
        says(&["bad gateway"]).about_ecr().weight(88),
        says(&["gateway timeout"]).about_ecr().weight(86),
        says(&["502 bad gateway"]).about_ecr().weight(91),
        says(&["504 gateway"]).about_ecr().weight(90),
        says(&["received unexpected http status: 5"]).about_ecr().weight(91),
        says(&["internal error", "ecr"]).without(&["401", "403", "unauthorized", "denied"]).weight(80),
        says(&["serverexception"]).about_ecr().weight(90),
        says(&["internalfailure"]).about_ecr().weight(90),
        says(&["connection reset by peer"]).about_ecr().weight(86),
        says(&["unexpected eof"]).about_ecr().weight(72),
        says(&["/v2/", "\": eof"]).about_ecr().without(&["blobs/uploads/"]).weight(71),
        says(&["because the registry is unavailable"]).about_ecr().weight(66),
        says(&["login: 404 page not found"]).weight(80),
        says(&["serviceunavailableexception"]).about_ecr().weight(91),
        says(&["http2: server sent goaway"]).about_ecr().weight(86),
        says(&["status code 500"]).about_ecr().weight(85),
        says(&["status code 503"]).about_ecr().weight(89),
        says(&["blobs/uploads/", "eof"]).about_ecr().weight(55),
    ],
    remedies: &[
        by_hand("try again in a minute"),
        by_hand("see whether AWS reports a problem: https://health.aws.amazon.com/health/status"),
    ],
    confirm: &[common::REACH_REGISTRY],
    check: check(Stage::Token, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    // The daemon's own 500 wraps whatever went wrong; only the registry's counts.
    let failed = [&case.subject.login, &case.subject.manifest, &case.subject.upload, &case.subject.layer];
    let by_itself = |answer: &&RegistryResponse| answer.is_failure_of_server() || answer.is_cut_off();
    match failed.into_iter().filter_map(|answer| answer.known()).find(by_itself) {
        // A load balancer or proxy on the way says the same of itself.
        Some(answer) => {
            let words = format!("{} {}", answer.status, answer.message);
            found(&case.subject.host, words.trim_end()).likely().outcome()
        }
        None => match case.refused() {
            CheckOutcome::Found(proof) => proof.likely().outcome(),
            other => other,
        },
    }
}
