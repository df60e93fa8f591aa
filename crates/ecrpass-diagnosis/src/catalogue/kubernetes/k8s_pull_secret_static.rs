//! A pull secret is made from an ECR password and never renewed: what fixes it. The page for users is `k8s_pull_secret_static.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, NOT_IN_LOGS, Page};
use crate::catalogue::remedy::{Own, by_hand, own};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::K8sPullSecretStatic,
    page: Page::new(include_str!("k8s_pull_secret_static.md")),
    severity: Severity::Warning,
    signatures: NOT_IN_LOGS,
    remedies: &[
        own("set up the node's credential provider, which needs no pull secret", Own::SetupKubelet),
        by_hand(
            "or have the secret renewed every few hours by External Secrets' generator `ECRAuthorizationToken`, or by a CronJob (`0 */8 * * *`) that runs the same command with `--dry-run=client -o yaml | kubectl apply -f -`",
        ),
    ],
    confirm: &[common::AUDIT],
    check: None,
};
