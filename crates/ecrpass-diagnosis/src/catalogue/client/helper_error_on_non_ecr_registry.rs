//! The ECR helper is asked for registries that are not ECR's: what it looks like, and what fixes it. The page for users is `helper_error_on_non_ecr_registry.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{confirm, run};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::HelperErrorOnNonEcrRegistry,
    page: Page::new(include_str!("helper_error_on_non_ecr_registry.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["credentials store error", "docker-credential-ecr-login"]).weight(91),
        says(&["can only be used with amazon elastic container registry"]).weight(97),
        says(&["can only be used with ecr"]).weight(96),
        says(&["error parsing the serverurl"]).without(&["credentialproviderrequest"]).weight(92),
        says(&["docker-credential-ecr-login", "index.docker.io"])
            .without(&["executable file not found", "not installed"])
            .weight(92),
        says(&["docker-credential-ecr-login", "ghcr.io"])
            .without(&["executable file not found", "not installed"])
            .weight(91),
        says(&["docker-credential-ecr-login", "gcr.io"])
            .without(&["executable file not found", "not installed"])
            .weight(91),
        says(&["docker-credential-ecr-login", "quay.io"])
            .without(&["executable file not found", "not installed"])
            .weight(91),
        says(&["not a valid repository uri"]).near(&["ecr-login", "docker.io"]).weight(92),
        says(&["not a valid ecr registry"]).weight(92),
    ],
    remedies: &[run(
        "set up the credential helper for your ECR registries, and repair the rest; log in to other registries again if they need it",
        "{setup} && ecrpass fix",
    )],
    confirm: &[confirm("ecrpass resolve registry-1.docker.io --client {client}")],
    check: None,
};
