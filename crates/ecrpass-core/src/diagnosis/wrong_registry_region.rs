//! # The login is for another region
//!
//! A token is good in the region it was fetched in, and only there. ECR answers a login with another region's token
//! with `400 Bad Request`. docker keeps logins per host, so a pull from another region's host finds none and says
//! `no basic auth credentials`.
//!
//! ## Why it happens
//!
//! `aws ecr get-login-password` takes the region from `AWS_REGION` or the profile, which is not the one in the
//! registry's host.

use super::{Case, Diagnosis, Outcome, Severity, Stage, check, run, says};
use crate::doctor::{clear, found, unknown};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "wrong-registry-region",
    severity: Severity::Error,
    signatures: &[
        says(&["400 (bad request)"]).near(&["@region-mismatch"]).weight(96),
        says(&["400 (bad request)"]).about_ecr().weight(74),
        says(&["401"]).near(&["@region-mismatch"]).about_ecr().weight(91),
        says(&["400 bad request", "@region-mismatch"]).weight(97),
        says(&["400 bad request"]).near(&["@region-mismatch"]).weight(96),
        says(&["no basic auth credentials"]).without(&["@other-host"]).near(&["@region-mismatch"]).weight(92),
        says(&["login attempt to", "400 bad request"]).about_ecr().weight(76),
        says(&["failed with status"])
            .near(&["400 bad request"])
            .also_near(&["login attempt to"])
            .about_ecr()
            .weight(75),
        says(&["400 bad request"])
            .near(&["docker login", "helm registry login", "podman login", "error logging in"])
            .about_ecr()
            .weight(70),
        says(&["your authorization token is invalid"]).weight(70),
    ],
    remedies: &[
        run(
            "use the region of the host",
            "aws ecr get-login-password --region {region} | docker login --username AWS --password-stdin {host}",
        ),
        run("or have the helper do it, which takes the region from the host", "ecrpass setup {host}"),
    ],
    decide: "ecrpass resolve {host} --client {client}",
    check: check(Stage::Authentication, examine),
};

fn examine(case: &Case<'_>) -> Outcome {
    match case.refused_login(400).filter(|_| !case.is_public()) {
        // Source: ECR answers 400, and no challenge, to tokens it cannot read: another region's, or altered ones.
        Some((source, answer)) if case.live_offer().is_some_and(|offered| offered.ecr_password) => case
            .with_setup(
                found(
                    source,
                    format!("400 {}: the token is whole and alive, and not this region's", answer.message),
                )
                .title(format!("The token is another region's than {}'s", case.subject.host))
                .likely(),
                "have the helper log in, which takes the region from the host",
            )
            .outcome(),
        _ => match case.refused_as("wrong-registry-region") {
            Outcome::Found(proof) => Outcome::Found(proof),
            _ if case.is_authenticated() => clear("the registry takes the token"),
            _ => unknown(case.not_reached()),
        },
    }
}
