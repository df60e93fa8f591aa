//! # The password is too long for the Windows Credential Manager
//!
//! The Credential Manager takes 2560 bytes. ECR's passwords are longer when the AWS credentials are temporary, as
//! with SSO and roles.
//!
//! ## Why it happens
//!
//! `credsStore` is `wincred` or `desktop`, docker's default on Windows, and `docker login` stores the password
//! there.

use super::{Diagnosis, Severity, Stage, check, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "windows-credential-store-limit",
    severity: Severity::Error,
    signatures: &[
        says(&["the stub received bad data"])
            .near(&["credentials", "docker", "amazonaws"])
            .not_another()
            .weight(97),
        says(&["error storing credentials", "bad data"]).not_another().weight(93),
        says(&["not enough storage is available to process this command"])
            .near(&["credential"])
            .not_another()
            .weight(88),
    ],
    remedies: &[run("name the helper for ECR; it stores nothing there", "ecrpass setup {host}")],
    decide: "ecrpass resolve {host} --client {client}",
    check: check(Stage::Login, |case| case.store_failure("windows-credential-store-limit")),
};
