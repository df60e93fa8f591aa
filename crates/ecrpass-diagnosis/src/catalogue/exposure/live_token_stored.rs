//! A registry password that still works lies in a file: what fixes it. The page for users is `live_token_stored.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, NOT_IN_LOGS, Page};
use crate::catalogue::remedy::{Own, by_hand, own, run};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::LiveTokenStored,
    page: Page::new(include_str!("live_token_stored.md")),
    severity: Severity::Error,
    signatures: NOT_IN_LOGS,
    remedies: &[
        by_hand(
            "take it out of the file; if the file was committed, copied or uploaded, everybody who could read it has had the password",
        ),
        run("remove the stored login on this machine", "{logout}"),
        own("set up the credential helper, which stores no password in the configuration", Own::Setup),
        by_hand(
            "if strangers could read it, look in CloudTrail for what the identity did since, and deny the role's sessions that were issued before now: the token itself cannot be revoked",
        ),
    ],
    confirm: &[common::AUDIT],
    check: None,
};
