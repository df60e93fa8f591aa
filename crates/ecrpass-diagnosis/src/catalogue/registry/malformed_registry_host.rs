//! There is no such registry host: what it looks like, and what fixes it. The page for users is `malformed_registry_host.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, look};
use crate::check::{Case, CheckOutcome, Stage};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::MalformedRegistryHost,
    page: Page::new(include_str!("malformed_registry_host.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["@half-host"]).weight(96),
        says(&["invalid character", "in host name"]).about_ecr().weight(94),
        says(&["could not connect to the endpoint url", "@odd-region"]).weight(97),
        says(&[".ecr.dkr."]).weight(96),
        says(&["dkr.ecr", ".amazonaws.con"]).weight(95),
        says(&["@availability-zone"]).weight(95),
        says(&["@wrong-suffix", "no such host"]).weight(96),
        says(&["@wrong-suffix"]).weight(88),
        says(&["@odd-region", "no such host"]).weight(95),
        says(&["@odd-region", "not resolve"]).weight(95),
        says(&["@odd-region", "enotfound"]).weight(95),
        says(&["@odd-region", "could not connect to the endpoint url"]).weight(94),
        says(&["dkr.ecr..amazonaws"]).weight(97),
        says(&["@no-account", "no such host"]).weight(95),
        says(&["@no-account", "invalid reference format"]).weight(93),
        says(&["@odd-account", "no such host"]).weight(95),
        says(&["@odd-account", "no basic auth credentials"]).weight(84),
        says(&["@wrong-domain"]).weight(92),
        says(&["provided region_name", "doesn't match a supported format"]).weight(92),
        says(&["invalid endpoint", "ecr"]).weight(90),
    ],
    remedies: &[
        by_hand(
            "correct the host: twelve digits, `.dkr.ecr.`, the region, and the ending of its partition (in China `.amazonaws.com.cn`)",
        ),
        look(
            "list the right hosts",
            "aws ecr describe-repositories --region {region} --query 'repositories[].repositoryUri'",
        )
        .private(),
    ],
    confirm: &[
        confirm("aws ecr describe-repositories --region {region} --query 'repositories[].repositoryUri'")
            .private(),
        confirm(
            "aws ecr-public describe-repositories --region us-east-1 --query 'repositories[].repositoryUri'",
        )
        .public(),
    ],
    check: check(Stage::Name, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    match case.misnamed() {
        // A key of the configuration may be misspelt, too.
        CheckOutcome::Clear(_) => case.mistaken(),
        other => other,
    }
}
