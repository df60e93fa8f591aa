//! # The IAM Identity Center (SSO) session is over
//!
//! The profile signs in through IAM Identity Center, and its session has ended or never began on this machine.
//! Nothing else is wrong.
//!
//! ## Why it happens
//!
//! Sessions last from 15 minutes to 90 days, as the administrator set; signing out or another start URL ends them
//! too.
//!
//! ## Afterwards
//!
//! Repeat what failed; the helper fetches a new token by itself.

use super::{Diagnosis, Severity, Stage, check, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "sso-session-expired",
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
    remedies: &[run("sign in again", "aws sso login --profile {profile}")],
    decide: "aws sts get-caller-identity --profile {profile}",
    check: check(Stage::Credentials, |case| case.refused_as("sso-session-expired")),
};
