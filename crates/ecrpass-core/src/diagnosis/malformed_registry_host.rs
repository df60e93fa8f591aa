//! # There is no such registry host
//!
//! The host of the registry, or the region in it, is misspelt, so its name leads nowhere. A private registry is
//! `<account>.dkr.ecr.<region>.amazonaws.com`: twelve digits, a region, and in China the ending `.com.cn`. Also
//! valid are `<account>.dkr-ecr.<region>.on.aws` (dual-stack), `….dkr.ecr-fips.…` (US and GovCloud) and the ending
//! `.amazonaws.eu` (European Sovereign Cloud).
//!
//! ## Why it happens
//!
//! An availability zone (`us-east-1a`) in place of the region, an empty variable in the middle, an account id that
//! lost its leading zero, a missing `.cn`.

use super::{Case, Diagnosis, Outcome, Severity, Stage, by_hand, check, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "malformed-registry-host",
    severity: Severity::Error,
    signatures: &[
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
        by_hand("correct the host: <account>.dkr.ecr.<region>.amazonaws.com, with `.cn` at its end in China"),
        run(
            "see the right one",
            "aws ecr describe-repositories --region {region} --query 'repositories[].repositoryUri'",
        ),
    ],
    decide: "aws ecr describe-repositories --region {region} --query 'repositories[].repositoryUri'",
    check: check(Stage::Name, examine),
};

fn examine(case: &Case<'_>) -> Outcome {
    match case.misnamed("malformed-registry-host") {
        // A key of the configuration may be misspelt, too.
        Outcome::Clear(_) => case.mistaken("malformed-registry-host"),
        other => other,
    }
}
