//! The configuration names a credential store this machine does not have: what it looks like, and what fixes it. The page for users is `stale_credsstore_desktop.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{Own, automatic, confirm_by, own};
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::StaleCredsstoreDesktop,
    page: Page::new(include_str!("stale_credsstore_desktop.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["error storing credentials", "com.docker.docker"]).not_another().weight(94),
        says(&["error getting credentials", "com.docker.docker"]).not_another().weight(94),
        says(&["credstore-updated"]).not_another().weight(94),
        says(&["error getting credentials - err"]).about_ecr().weight(50),
        says(&["error storing credentials - err"]).about_ecr().weight(50),
        says(&["docker-credential-osxkeychain", "resolves to executable in current directory"])
            .not_another()
            .weight(97),
        says(&["docker-credential-desktop", "resolves to executable in current directory"])
            .not_another()
            .weight(97),
        says(&["docker-credential-desktop", "executable file not found"]).not_another().weight(97),
        says(&["docker-credential-desktop", "not installed or not available in path"])
            .not_another()
            .weight(97),
        says(&["docker-credential-desktop", "no such file or directory"]).not_another().weight(96),
        says(&["docker-credential-desktop", "exec format error"]).not_another().weight(95),
        says(&["docker-credential-desktop", "cannot find the file"]).not_another().weight(95),
        says(&["docker-credential-desktop", "not found"])
            .without(&["credentials not found"])
            .not_another()
            .weight(92),
        says(&["docker-credential-osxkeychain", "executable file not found"]).not_another().weight(97),
        says(&["docker-credential-osxkeychain", "not installed or not available in path"])
            .not_another()
            .weight(97),
        says(&["docker-credential-osxkeychain", "no such file or directory"]).not_another().weight(96),
        says(&["docker-credential-osxkeychain", "not found"])
            .without(&["credentials not found"])
            .not_another()
            .weight(92),
        says(&["docker-credential-wincred", "executable file not found"]).not_another().weight(97),
        says(&["docker-credential-wincred", "not installed"]).not_another().weight(96),
        says(&["docker-credential-gcloud", "executable file not found"]).about_ecr().weight(90),
    ],
    remedies: &[
        own("set up the credential helper for ECR only", Own::Setup),
        automatic(
            "remove the credential store from the configuration, but only if it is not installed on this machine at all (it may just be missing from the PATH of this SSH session, service or WSL); log in again to the registries whose logins it holds",
        ),
    ],
    confirm: &[confirm_by(Own::Resolve)],
    // Before AWS credentials: without the program, nobody looks for them.
    check: check(Stage::Client, |case| case.store_failure()),
};
