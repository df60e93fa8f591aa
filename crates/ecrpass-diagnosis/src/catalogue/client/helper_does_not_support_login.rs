//! docker login was run although the helper answers for this registry: what it looks like, and what fixes it. The page for users is `helper_does_not_support_login.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{Own, by_hand, confirm_by, run};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::HelperDoesNotSupportLogin,
    page: Page::new(include_str!("helper_does_not_support_login.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["failed to store the credentials", "not implemented"]).weight(97),
        says(&["error saving credentials", "not implemented"]).weight(97),
        says(&["error storing credentials", "not implemented"]).weight(97),
        says(&["error erasing credentials", "not implemented"]).weight(95),
        says(&["docker-credential-ecr-login", "not implemented"]).weight(95),
        says(&["storing credentials", "ecr-login", "not implemented"]).weight(96),
    ],
    remedies: &[
        by_hand("leave `docker login` out for this registry"),
        run("or keep Amazon's helper and make it ignore logins", "export AWS_ECR_IGNORE_CREDS_STORAGE=true"),
        run(
            "or replace it with ecrpass, which accepts logins",
            "sudo ln -sf \"$(command -v ecrpass)\" \"$(command -v docker-credential-ecr-login)\"",
        ),
    ],
    confirm: &[confirm_by(Own::Resolve)],
    check: None,
};
