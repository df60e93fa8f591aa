//! docker login got an empty password: what it looks like, and what fixes it. The page for users is `non_tty_login.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{Own, by_hand, confirm, own, run};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::NonTtyLogin,
    page: Page::new(include_str!("non_tty_login.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["password empty"]).near(&["--password-stdin"]).about_ecr().weight(85),
        says(&["reading password: inappropriate ioctl"]).not_another().weight(92),
        says(&["getting username and password"]).not_another().weight(88),
        says(&["cannot perform an interactive login from a non tty device"])
            .without(&["@after-an-error"])
            .not_another()
            .weight(92),
        // What stands before it is the cause, or says so.
        says(&["cannot perform an interactive login from a non", "@after-an-error"]).not_another().weight(80),
        says(&["cannot perform an interactive login from a non-tty device"])
            .without(&["@after-an-error"])
            .not_another()
            .weight(92),
        says(&["the input device is not a tty"]).near(&["docker login"]).about_ecr().weight(80),
        says(&["reading username: eof"]).about_ecr().weight(91),
        says(&["password is empty"]).near(&["docker login", "login"]).about_ecr().weight(85),
        says(&["password required"]).near(&["docker login"]).about_ecr().weight(80),
        says(&["must provide --username with --password-stdin"]).about_ecr().weight(91),
    ],
    remedies: &[
        run(
            "run the first command alone, without showing the password, and fix what it says",
            "{get-password} > /dev/null",
        ),
        by_hand(
            "where it says that `aws` is not found, install the AWS CLI in that image (Alpine: `apk add aws-cli`), or use the credential helper, which needs none",
        ),
        own("see where the AWS credentials come from", Own::Whoami),
        run(
            "make the step stop at the command that fails (bash; a plain sh may not support it)",
            "set -o pipefail",
        ),
    ],
    confirm: &[confirm("{get-password} > /dev/null")],
    check: None,
};
