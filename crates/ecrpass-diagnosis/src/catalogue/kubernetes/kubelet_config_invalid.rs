//! The kubelet's credential provider configuration is wrong: what it looks like, and what fixes it. The page for users is `kubelet_config_invalid.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common::PROVIDERS_OF_OTHER_CLOUDS;
use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{Own, confirm, look, own};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::KubeletConfigInvalid,
    page: Page::new(include_str!("kubelet_config_invalid.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["failed to validate credential provider config"]).weight(97),
        says(&["duplicate provider name", "found in configuration file"]).weight(96),
        says(&["error decoding config", "strict decoding error", "providers["]).weight(96),
        says(&["tokenattributes is not supported when kubeletserviceaccounttokenforcredentialproviders"])
            .weight(97),
        says(&["failed to decode credentialproviderconfig"]).weight(95),
        says(&["\"credentialproviderconfig", "is registered for version"])
            .unless_near(&PROVIDERS_OF_OTHER_CLOUDS)
            .weight(96),
        // What `ecrpass kubelet check` says of a pattern, wherever somebody repeats it.
        says(&["matchimages", "matches no image"]).weight(97),
        says(&["matchimages", "never asks"]).weight(96),
    ],
    remedies: &[
        look(
            "find the mistake, with its line",
            "ecrpass kubelet check /etc/kubernetes/credential-provider.yaml",
        ),
        own("or write the configuration again", Own::SetupKubelet),
    ],
    confirm: &[confirm("journalctl -u kubelet | grep -i 'credential provider'")],
    check: None,
};
