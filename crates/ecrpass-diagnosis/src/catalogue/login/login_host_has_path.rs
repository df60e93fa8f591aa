//! A login names a repository instead of a registry: what fixes it. The page for users is `login_host_has_path.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, NOT_IN_LOGS, Page};
use crate::catalogue::remedy::{Own, in_ci, own, run};
use crate::finding::{Ci, Severity};

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::LoginHostHasPath,
    page: Page::new(include_str!("login_host_has_path.md")),
    severity: Severity::Warning,
    signatures: NOT_IN_LOGS,
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
