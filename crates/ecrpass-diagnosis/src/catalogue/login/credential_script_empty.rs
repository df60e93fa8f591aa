//! A script that is to give out the login prints none: what it looks like, and what fixes it. The page for users is `credential_script_empty.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{by_hand, confirm, run};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::CredentialScriptEmpty,
    page: Page::new(include_str!("credential_script_empty.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["must be single line with syntax <username>:<password>"]).weight(91),
        says(&["invalid script output"]).not_another().weight(90),
        says(&["could not set registry endpoint credentials"])
            .near(&["ext:", ".sh", "script"])
            .not_another()
            .weight(86),
        says(&["error executing", "/scripts/"])
            .near(&["registry", "credentials", "ecr"])
            .not_another()
            .weight(86),
        says(&["/scripts/", "permission denied"]).about_ecr().weight(84),
        says(&["/scripts/", "exit status"]).about_ecr().weight(82),
    ],
    remedies: &[
        run(
            "run it where it runs, and see what it prints and says",
            "kubectl exec -n argocd deploy/argocd-image-updater -- sh -c '/scripts/*.sh; echo status $?'",
        ),
        by_hand(
            "let it print `AWS:` and the password, in one line: `aws ecr get-authorization-token --output text --query 'authorizationData[].authorizationToken' | base64 -d`",
        ),
        by_hand(
            "give its service account a role that may call `ecr:GetAuthorizationToken`, and its container `HOME` and a file system that can be written for the AWS CLI",
        ),
        by_hand("mount the script with mode 0755, and set `credsexpire: 10h` for the registry"),
    ],
    confirm: &[confirm("kubectl logs -n argocd deploy/argocd-image-updater --tail 50")],
    // A log or an event tells it; no fact that is collected does.
    check: None,
};
