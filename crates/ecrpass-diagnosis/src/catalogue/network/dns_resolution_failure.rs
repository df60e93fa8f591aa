//! The name of the registry or of the API is not resolved: what it looks like, and what fixes it. The page for users is `dns_resolution_failure.md`.

use ecrpass_core::{CommandLine, DiagnosisId};
use ecrpass_credentials::aws_call::NetworkFailure;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, look};
use crate::check::{Case, CheckOutcome, Stage};
use crate::facts::Destination;
use crate::finding::{Fix, Severity};

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::DnsResolutionFailure,
    page: Page::new(include_str!("dns_resolution_failure.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["unable to pull secrets or registry auth"])
            .without(&["accessdenied", "not authorized", "secretsmanager:", "ssm:", "timeout"])
            .weight(40),
        says(&["no such host"])
            .about_ecr()
            .without(&[
                "@wrong-suffix",
                "@odd-region",
                "@availability-zone",
                "@no-account",
                "@odd-account",
                "@half-host",
                "api.ecr-public.",
                "starport",
                "proxyconnect",
                // The docker daemon's name.
                "error during connect",
            ])
            .weight(93),
        says(&["api.ecr-public.us-east-1", "no such host"]).weight(94),
        says(&["lookup ", "i/o timeout"]).about_ecr().weight(94),
        says(&["lookup ", "server misbehaving"]).about_ecr().weight(94),
        says(&["lookup ", "connection refused"]).about_ecr().weight(93),
        says(&["could not be resolved"]).about_ecr().weight(93),
        says(&["could not resolve host"]).about_ecr().without(&["@odd-region", "@wrong-suffix"]).weight(93),
        says(&["enotfound"])
            .about_ecr()
            .without(&["api.ecr-public.", "@odd-region", "notfoundexception"])
            .weight(92),
        says(&["eai_again"]).about_ecr().weight(94),
        says(&["temporary failure in name resolution"]).about_ecr().weight(94),
        says(&["name or service not known"])
            .about_ecr()
            .without(&["api.ecr-public.", "@odd-region", "@wrong-suffix"])
            .weight(93),
        says(&["nodename nor servname provided"]).about_ecr().weight(93),
        says(&["failed to resolve", "nameresolutionerror"]).about_ecr().weight(93),
        says(&["unknownhostexception"]).about_ecr().weight(93),
        says(&["dns error"]).about_ecr().weight(90),
    ],
    remedies: &[look("ask the resolver", "getent hosts {host} || nslookup {host}"), by_hand("repair the resolver; with interface endpoints, switch on private DNS and the VPC's DNS support and host names").private(), by_hand("repair the resolver").public()],
    confirm: &[confirm("getent hosts {host}")],
    check: check(Stage::Api, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    match case.without_endpoint_variable(case.network_failure(&[NetworkFailure::Dns])) {
        CheckOutcome::Found(proof) => match api_host(case) {
            Some(host) => {
                let line =
                    CommandLine::shell("getent hosts").word(&host).shell_word("|| nslookup").word(host);
                let look = Fix::run("ask the resolver for the name of the API", line);
                proof.fix(Fix { looks: true, ..look }).outcome()
            }
            None => proof.outcome(),
        },
        other => other,
    }
}

/// The name of the API, where it is that which is not resolved.
fn api_host(case: &Case<'_>) -> Option<String> {
    let way = case.network_path(Destination::Api).and_then(|way| way.failure.as_ref());
    let is_way = way.is_some_and(|failure| failure.kind == NetworkFailure::Dns);
    let host = case.registry.as_ref()?.api_host();
    (is_way || case.refusal().is_some_and(|refused| refused.what.contains(&host))).then_some(host)
}
