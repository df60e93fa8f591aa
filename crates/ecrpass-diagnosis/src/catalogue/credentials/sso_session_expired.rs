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
        says(&["error loading sso token"]).not_another().weight(96),
        says(&["the sso session associated with this profile has expired"]).not_another().weight(97),
        says(&["sso session has expired or is otherwise invalid"]).not_another().weight(97),
        says(&["token has expired and refresh failed"]).not_another().weight(97),
        says(&["error when retrieving token from sso"]).not_another().weight(97),
        says(&["the sso session token associated with profile"]).not_another().weight(97),
        says(&["cached sso token is expired"]).not_another().weight(97),
        says(&["cached sso token"]).without(&["saving"]).not_another().weight(93),
        says(&["failed to read cached sso token file"]).not_another().weight(96),
        says(&["refresh cached sso token failed"]).not_another().weight(96),
        says(&["unable to refresh sso token"]).not_another().weight(96),
        says(&["sso", "session has expired"]).not_another().weight(95),
        says(&["sso", "token has expired"]).not_another().weight(95),
        says(&["sso", "token is expired"]).not_another().weight(95),
        says(&["unauthorizedssotoken"]).not_another().weight(96),
        says(&["session token not found or invalid"]).not_another().weight(95),
        says(&["invalidgrantexception"]).near(&["sso"]).not_another().weight(95),
        says(&["aws sso login"])
            .near(&["expired", "invalid", "refresh the sso session", "not found"])
            .not_another()
            .weight(90),
        says(&["ssoproviderinvalidtoken"]).not_another().weight(97),
    ],
    remedies: &[run("sign in again", "aws sso login{profile-option}")],
    confirm: &[confirm("aws sts get-caller-identity{profile-option}")],
    check: check(Stage::Credentials, |case| case.refused()),
};
