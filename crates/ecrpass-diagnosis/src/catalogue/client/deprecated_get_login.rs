//! `aws ecr get-login` was removed: what it looks like, and what fixes it. The page for users is `deprecated_get_login.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{confirm, run};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::DeprecatedGetLogin,
    page: Page::new(include_str!("deprecated_get_login.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["--no-include-email"])
            .near(&["unknown flag", "unknown option", "unrecognized"])
            .not_another()
            .weight(92),
        says(&["unknown shorthand flag: 'e' in -e"])
            .near(&["docker login", "get-login", "amazonaws"])
            .weight(97),
        says(&["invalid choice"])
            .near(&["ecr get-login ", "ecr get-login)", "ecr get-login`", "'get-login'"])
            .weight(97),
        says(&["flag provided but not defined: -e"]).weight(96),
        says(&["unknown flag: --email"]).near(&["docker login", "get-login"]).weight(93),
        says(&["invalid choice: 'get-login'"]).weight(97),
        says(&["get-login is not a valid"]).weight(90),
    ],
    remedies: &[run("use the command that replaces it", "{login}"), common::HELPER_NEEDS_NO_LOGIN],
    confirm: &[confirm("aws --version")],
    check: None,
};
