//! The IAM Identity Center (SSO) session is over: what it looks like, and what fixes it. The page for users is `sso_session_expired.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{confirm, run};
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::SsoSessionExpired,
    page: Page::new(include_str!("sso_session_expired.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["error loading sso token"]).shared().weight(96),
        says(&["the sso session associated with this profile has expired"]).shared().weight(97),
        says(&["sso session has expired or is otherwise invalid"]).shared().weight(97),
        says(&["token has expired and refresh failed"]).shared().weight(97),
        says(&["error when retrieving token from sso"]).shared().weight(97),
        says(&["the sso session token associated with profile"]).shared().weight(97),
        says(&["cached sso token is expired"]).shared().weight(97),
        says(&["cached sso token"]).without(&["saving"]).shared().weight(93),
        says(&["failed to read cached sso token file"]).shared().weight(96),
        says(&["refresh cached sso token failed"]).shared().weight(96),
        says(&["unable to refresh sso token"]).shared().weight(96),
        says(&["sso", "session has expired"]).shared().weight(95),
        says(&["sso", "token has expired"]).shared().weight(95),
        says(&["sso", "token is expired"]).shared().weight(95),
        says(&["unauthorizedssotoken"]).shared().weight(96),
        says(&["session token not found or invalid"]).shared().weight(95),
        says(&["invalidgrantexception"]).near(&["sso"]).shared().weight(95),
        says(&["aws sso login"])
            .near(&["expired", "invalid", "refresh the sso session", "not found"])
            .shared()
            .weight(90),
        says(&["ssoproviderinvalidtoken"]).shared().weight(97),
    ],
    remedies: &[run("sign in again", "aws sso login{profile-option}")],
    confirm: &[confirm("aws sts get-caller-identity{profile-option}")],
    check: check(Stage::Credentials, |case| case.refused()),
};
