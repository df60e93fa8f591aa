//! The login is kept with the build's artifacts or in a cache: what fixes it. The page for users is `token_in_artifact.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, NOT_IN_LOGS, Page};
use crate::catalogue::remedy::{Own, by_hand, own, run};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::TokenInArtifact,
    page: Page::new(include_str!("token_in_artifact.md")),
    severity: Severity::Error,
    signatures: NOT_IN_LOGS,
    remedies: &[
        by_hand("take the path out of the artifact or cache"),
        by_hand(
            "if parts of the directory are wanted, name only those: `~/.docker/buildx`, `~/.docker/cli-plugins`",
        ),
        run("log in in the job that needs it", "{login}"),
        own("or use the credential helper there: it leaves no login behind", Own::Setup),
    ],
    confirm: &[common::AUDIT],
    check: None,
};
