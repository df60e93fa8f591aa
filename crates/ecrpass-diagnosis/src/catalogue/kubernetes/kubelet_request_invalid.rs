//! The credential provider was asked in another protocol: what it looks like, and what fixes it. The page for users is `kubelet_request_invalid.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{Own, by_hand, confirm, look, own};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::KubeletRequestInvalid,
    page: Page::new(include_str!("kubelet_request_invalid.md")),
    severity: Severity::Error,
    signatures: &[says(&["ecr-login: [kubelet-request-invalid]"]).weight(97)],
    remedies: &[
        by_hand(
            "name the provider ecr-credential-provider in the kubelet's configuration, and docker-credential-ecr-login in docker's",
        ),
        own("print the kubelet's configuration for this registry", Own::SetupKubelet),
        look("see what the provider is asked for by hand", "ecr-credential-provider --help"),
    ],
    confirm: &[confirm("journalctl -u kubelet | grep -i credential")],
    check: None,
};
