//! A registry password is an argument of a command: what fixes it. The page for users is `password_on_command_line.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, NOT_IN_LOGS, Page};
use crate::catalogue::remedy::{Own, by_hand, own, run};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::PasswordOnCommandLine,
    page: Page::new(include_str!("password_on_command_line.md")),
    severity: Severity::Warning,
    signatures: NOT_IN_LOGS,
    remedies: &[
        run("give it on standard input", "{login}"),
        by_hand("skopeo, podman and buildah: `skopeo login` and so on first, in place of `--creds`"),
        own("or use the credential helper, which needs no login", Own::Setup),
    ],
    confirm: &[common::AUDIT],
    check: None,
};
