//! A login names a repository instead of a registry: what it looks like, and what fixes it. The page for users is
//! `login_host_has_path.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{Own, in_ci, own, run};
use crate::finding::{Ci, Severity};

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::LoginHostHasPath,
    page: Page::new(include_str!("login_host_has_path.md")),
    severity: Severity::Warning,
    // Those that refuse it; docker drops the path and says nothing.
    signatures: &[
        // crane 0.22.1.
        says(&["registries must be valid rfc 3986 uri authorities"])
            .without(&["@no-repository"])
            .about_ecr()
            .weight(94),
        // oras 1.3.6.
        says(&["invalid reference: invalid registry \""]).without(&["@no-repository"]).about_ecr().weight(92),
        // regctl 0.11.7.
        says(&["invalid registry name provided: "]).without(&["@no-repository"]).about_ecr().weight(94),
    ],
    remedies: &[
        run("log in to the host alone", "{login}"),
        in_ci(
            Ci::Jenkins,
            "give `withRegistry` the host alone; the repository belongs to the image's name",
            "docker.withRegistry('https://{host}', 'ecr:{region}:credentials') {",
        )
        .private(),
        own("or use the credential helper, which needs no login", Own::Setup),
    ],
    confirm: &[common::AUDIT],
    check: None,
};
