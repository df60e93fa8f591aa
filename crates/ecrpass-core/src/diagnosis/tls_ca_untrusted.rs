//! # The certificate is not signed by anyone this machine trusts
//!
//! Somebody between here and AWS breaks the encryption open, a company's proxy as a rule, and signs with a CA of
//! its own, which this process does not know. Or the system has no CA certificates at all.
//!
//! ## Why it happens
//!
//! TLS inspection; a minimal container image without `ca-certificates`; Python and Java keep lists of their own.
//!
//! ## Afterwards
//!
//! Restart what reads the list of CAs at its start: the docker daemon, containerd, the kubelet.

use super::{Case, Diagnosis, Outcome, Severity, Stage, check, run, says};
use crate::exchange::NetworkFailure;

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "tls-ca-untrusted",
    severity: Severity::Error,
    signatures: &[
        says(&["certificate_verify_failed"])
            .without(&["https://sts.", "https://s3.", "https://ec2.", "https://ssm."])
            .not_another()
            .weight(92),
        says(&["certificate verify failed"])
            .without(&["https://sts.", "https://s3.", "https://ec2.", "https://ssm."])
            .not_another()
            .weight(91),
        says(&["ssl validation failed"])
            .without(&["https://sts.", "https://s3.", "https://ec2.", "https://ssm."])
            .not_another()
            .weight(93),
        says(&["x509: certificate signed by unknown authority"]).about_ecr().weight(95),
        says(&["x509: certificate signed by unknown authority"]).not_another().weight(88),
        says(&["x509: failed to verify certificate"]).about_ecr().weight(94),
        says(&["tls: failed to verify certificate"]).about_ecr().without(&["expired"]).weight(93),
        says(&["unable to get local issuer certificate"]).not_another().weight(92),
        says(&["self signed certificate in certificate chain"])
            .without(&["https://sts.", "https://s3.", "https://ec2."])
            .not_another()
            .weight(92),
        says(&["self-signed certificate in certificate chain"])
            .without(&["https://sts.", "https://s3.", "https://ec2."])
            .not_another()
            .weight(92),
        says(&["unable to verify the first certificate"]).about_ecr().weight(92),
        says(&["pkix path building failed"]).not_another().weight(92),
        says(&["x509: certificate is valid for"]).about_ecr().weight(93),
        says(&["x509: certificate relies on legacy common name"]).about_ecr().weight(90),
        says(&["self_signed_cert_in_chain"]).not_another().weight(92),
        says(&["invalid peer certificate"]).about_ecr().weight(92),
    ],
    remedies: &[
        run(
            "add the company's CA to the system",
            "sudo cp company-ca.crt /usr/local/share/ca-certificates/ && sudo update-ca-certificates && sudo systemctl restart docker",
        ),
        run("for the AWS CLI and the helper", "export AWS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt"),
        run(
            "see who signs",
            "openssl s_client -connect {host}:443 -servername {host} </dev/null 2>/dev/null | openssl x509 -noout -issuer",
        ),
    ],
    decide: "openssl s_client -connect {host}:443 -servername {host} </dev/null 2>/dev/null | openssl x509 -noout -issuer",
    check: check(Stage::Api, examine),
};

fn examine(case: &Case<'_>) -> Outcome {
    let outcome = case.network_failure("tls-ca-untrusted", &[NetworkFailure::Tls]);
    let names_bundle = case.refusal().is_some_and(|refused| refused.what.starts_with("AWS_CA_BUNDLE"));
    if names_bundle {
        case.without_variables(outcome, "trust what the system trusts", &["AWS_CA_BUNDLE"])
    } else {
        outcome
    }
}
