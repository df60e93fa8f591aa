//! The credential provider was asked for another registry: what it looks like, and what fixes it. The page for users is `not_ecr.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{by_hand, confirm, look};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::NotEcr,
    page: Page::new(include_str!("not_ecr.md")),
    severity: Severity::Warning,
    signatures: &[says(&["ecr-login: [not-ecr]"]).weight(97)],
    remedies: &[
        by_hand("take the pattern that matches this host out of `matchImages`, and restart the kubelet"),
        by_hand(
            "or, where the host stands for a registry of ECR, name it in /etc/ecrpass/config.toml: [[registry]] with `host` and `alias_of`",
        ),
        look(
            "see which patterns are not ECR's",
            "ecrpass kubelet check /etc/kubernetes/credential-provider.yaml",
        ),
    ],
    confirm: &[confirm("ps -o args= -C kubelet | tr ' ' '\\n' | grep image-credential-provider")],
    check: None,
};
