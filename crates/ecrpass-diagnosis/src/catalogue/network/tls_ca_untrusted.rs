//! The certificate is not signed by anyone this machine trusts: what it looks like, and what fixes it. The page for users is `tls_ca_untrusted.md`.

use ecrpass_core::DiagnosisId;
use ecrpass_credentials::aws_call::NetworkFailure;
use ecrpass_credentials::refusal::NextStep;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{confirm, look, run};
use crate::check::{Case, CheckOutcome, Stage, clear};
use crate::finding::Severity;

/// What Go says of a certificate that is refused for something else than its issuer.
const NOT_THE_ISSUER: [&str; 8] = [
    "is valid for",
    "not valid for any",
    "has expired",
    "legacy common name",
    "not yet valid",
    "cannot validate",
    "doesn't match",
    "hostname mismatch",
];

/// Lines about other services, and about certificates refused for something else than their issuer.
const ANOTHER_CAUSE: [&str; 8] = [
    "@other-site",
    "https://sts.",
    "https://s3.",
    "https://ec2.",
    "https://ssm.",
    "hostname mismatch",
    "doesn't match",
    "has expired",
];

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::TlsCaUntrusted,
    page: Page::new(include_str!("tls_ca_untrusted.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["certificate_verify_failed"]).without(&ANOTHER_CAUSE).shared().weight(92),
        says(&["certificate verify failed"]).without(&ANOTHER_CAUSE).shared().weight(91),
        says(&["ssl validation failed"]).without(&ANOTHER_CAUSE).shared().weight(93),
        says(&["x509: certificate signed by unknown authority"]).about_ecr().weight(95),
        says(&["x509: certificate signed by unknown authority"])
            .without(&["@other-site"])
            .shared()
            .weight(88),
        says(&["x509: failed to verify certificate"]).without(&NOT_THE_ISSUER).about_ecr().weight(90),
        says(&["tls: failed to verify certificate"]).without(&NOT_THE_ISSUER).about_ecr().weight(90),
        says(&["unable to get local issuer certificate"]).without(&["@other-site"]).shared().weight(92),
        says(&["self signed certificate in certificate chain"])
            .without(&["@other-site", "https://sts.", "https://s3.", "https://ec2."])
            .shared()
            .weight(92),
        says(&["self-signed certificate in certificate chain"])
            .without(&["@other-site", "https://sts.", "https://s3.", "https://ec2."])
            .shared()
            .weight(92),
        says(&["unable to verify the first certificate"]).about_ecr().weight(92),
        says(&["pkix path building failed"]).without(&["@other-site"]).shared().weight(92),
        says(&["self_signed_cert_in_chain"]).without(&["@other-site"]).shared().weight(92),
        says(&["invalid peer certificate"])
            .without(&["notvalidforname", "not valid for name", "expired", "notvalidyet", "not valid yet"])
            .about_ecr()
            .weight(92),
    ],
    remedies: &[
        run(
            "add the company's CA to the system",
            "sudo cp company-ca.crt /usr/local/share/ca-certificates/ && sudo update-ca-certificates && sudo systemctl restart docker",
        ),
        run("for the AWS CLI and the helper", "export AWS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt"),
        look(
            "see who signed the certificate",
            "openssl s_client -connect {host}:443 -servername {host} </dev/null 2>/dev/null | openssl x509 -noout -issuer",
        ),
    ],
    confirm: &[confirm(
        "openssl s_client -connect {host}:443 -servername {host} </dev/null 2>/dev/null | openssl x509 -noout -issuer",
    )],
    check: check(Stage::Api, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    if case.certificate_of_another().is_some() {
        return clear("the certificate is for another name");
    }
    let outcome = case.network_failure(&[NetworkFailure::Tls]);
    let Some(NextStep::CorrectCaVariable { variable }) = case.refused_step() else { return outcome };
    match ["AWS_CA_BUNDLE", "SSL_CERT_FILE"].into_iter().find(|name| name == variable) {
        Some(name) => case.without_variables(outcome, "trust what the system trusts", &[name]),
        None => outcome,
    }
}
