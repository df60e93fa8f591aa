//! The Linux keyring has no session to live in: what it looks like, and what fixes it. The page for users is `linux_keyring_unavailable.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{Own, by_hand, confirm_by, own};
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::LinuxKeyringUnavailable,
    page: Page::new(include_str!("linux_keyring_unavailable.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["cannot autolaunch d-bus"])
            .near(&["credential", "docker", "login", "registry", "podman", "helper"])
            .not_another()
            .weight(62),
        says(&["org.freedesktop.secrets"]).not_another().weight(60),
        says(&["exhausted all available authentication mechanisms"]).not_another().weight(50),
        says(&["cannot autolaunch d-bus"]).near(&["credential", "docker"]).not_another().weight(97),
        says(&["org.freedesktop.secrets"]).near(&["credential", "docker"]).not_another().weight(96),
        says(&["exhausted all available authentication mechanisms"])
            .near(&["credential", "docker"])
            .not_another()
            .weight(94),
        says(&["dbus"])
            .near(&["error getting credentials", "error storing credentials", "error saving credentials"])
            .not_another()
            .weight(91),
        says(&["failed to unlock correct collection"]).not_another().weight(95),
        says(&["dbus-launch", "executable file not found"]).not_another().weight(95),
        says(&["secretservice", "dbus"]).not_another().weight(93),
        says(&["object does not exist at path", "org/freedesktop/secrets"]).not_another().weight(96),
        says(&["could not connect: no such file or directory"])
            .near(&["error getting credentials", "error storing credentials", "secretservice"])
            .not_another()
            .weight(92),
        says(&["error storing credentials", "prompt dismissed"]).not_another().weight(91),
        says(&["cannot create an item in a locked collection"]).not_another().weight(96),
        says(&["secretservice", "the name is not activatable"]).not_another().weight(96),
    ],
    remedies: &[
        own(
            "set up the credential helper for ECR, which needs no keyring; docker then no longer uses the keyring, unless `credsStore` asks for it",
            Own::Setup,
        ),
        by_hand(
            "if `credsStore` is secretservice and nobody uses the keyring on this machine, remove that line from ~/.docker/config.json",
        ),
    ],
    confirm: &[confirm_by(Own::Resolve)],
    check: check(Stage::Login, |case| case.store_failure()),
};
