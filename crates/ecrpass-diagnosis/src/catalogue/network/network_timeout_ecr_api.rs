//! The ECR API cannot be reached: what it looks like, and what fixes it. The page for users is `network_timeout_ecr_api.md`.

use ecrpass_core::DiagnosisId;
use ecrpass_credentials::aws_call::NetworkFailure;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{confirm, look};
use crate::check::{Case, CheckOutcome, Stage, found};
use crate::facts::Destination;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::NetworkTimeoutEcrApi,
    page: Page::new(include_str!("network_timeout_ecr_api.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["unable to pull secrets or registry auth"])
            .without(&["accessdenied", "not authorized", "secretsmanager:", "ssm:"])
            .weight(58),
        says(&["connect etimedout"]).about_ecr().without(&["169.254."]).weight(78),
        says(&["connect etimedout"])
            .near(&["amazon-ecr-login", "configure-aws-credentials", "get-login-password"])
            .shared()
            .without(&["169.254."])
            .weight(76),
        says(&["getauthorizationtoken", "i/o timeout"]).without(&["lookup ", "imds", "169.254"]).weight(94),
        says(&["unable to retrieve ecr registry auth", "request send failed"])
            .without(&["no such host", "x509"])
            .weight(95),
        says(&["unable to retrieve ecr registry auth", "requesterror"])
            .without(&["no such host", "x509"])
            .weight(95),
        says(&["getauthorizationtoken", "context deadline exceeded"])
            .without(&["imds", "169.254.169.254"])
            .weight(92),
        says(&["api.ecr", "could not connect to the endpoint url"])
            .without(&["@odd-region", "@availability-zone"])
            .weight(91),
        says(&["api.ecr", "connection was closed before we received a valid response"]).weight(93),
        says(&["api.ecr", "i/o timeout"]).without(&["lookup "]).weight(96),
        says(&["api.ecr", "context deadline exceeded"]).weight(95),
        says(&["api.ecr", "timed out"]).weight(95),
        says(&["api.ecr", "etimedout"]).weight(95),
        says(&["api.ecr", "connect timeout"]).weight(95),
        says(&["api.ecr", "connection refused"]).weight(93),
        says(&["api.ecr", "no route to host"]).weight(94),
        says(&["api.ecr", "network is unreachable"]).weight(94),
        says(&["api.ecr", "request canceled"]).weight(94),
        says(&["connect timeout on endpoint url", "ecr"]).weight(96),
        says(&["read timeout on endpoint url", "ecr"]).weight(95),
        says(&["connection issue between the task and amazon ecr"]).weight(96),
        says(&["unable to retrieve ecr registry auth", "requestcanceled"]).weight(95),
        says(&["the task cannot pull registry auth from amazon ecr"]).without(&["accessdenied"]).weight(94),
        says(&["unable to pull secrets or registry auth", "timeout"]).weight(94),
        says(&["inaccessible host", "api.ecr"]).weight(85),
        says(&["credential from external registry credential provider", "context deadline exceeded"])
            .weight(80),
        says(&["ecr.", ".amazonaws.com", "i/o timeout"]).without(&["lookup ", "dkr.ecr"]).weight(91),
    ],
    remedies: &[
        look("try the network path", "curl -sS -m 5 -o /dev/null -w '%{http_code}\\n' https://{api}/"),
        common::OPEN_VPC,
        common::OPEN_VPC_TO_PUBLIC,
        common::OPEN_FARGATE,
    ],
    confirm: &[confirm("curl -sS -m 5 -o /dev/null -w '%{http_code}\\n' https://{api}/")],
    check: check(Stage::Api, |case| case.without_endpoint_variable(examine(case))),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    const KINDS: [NetworkFailure; 3] =
        [NetworkFailure::Connect, NetworkFailure::Timeout, NetworkFailure::Broken];
    let refused = case.refused();
    if matches!(refused, CheckOutcome::Found(_)) || case.has_token() {
        return refused;
    }
    // A connection that is closed without an answer is one that does not get through, whatever the SDK makes of it.
    let way = case.network_path(Destination::Api).and_then(|way| Some((way, way.failure.as_ref()?)));
    match way.filter(|(_, failure)| KINDS.contains(&failure.kind)) {
        Some((way, failure)) => case.graded(found(&way.host, &failure.words)).outcome(),
        None => refused,
    }
}
