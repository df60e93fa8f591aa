//! An old stored login is used in place of the fresh one: what it looks like, and what fixes it. The page for users is `stale_auth_entry.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::places;
use crate::catalogue::remedy::{Own, automatic, confirm_by, own};
use crate::catalogue::remedy_list::remedies;
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::StaleAuthEntry,
    page: Page::new(include_str!("stale_auth_entry.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["unauthorized for "])
            .near(&["using credentials from"])
            .unless_near(&GIVEN_TO_THE_TOOL)
            .about_ecr()
            .weight(80),
        says(&["401 unauthorized"])
            .near(&["using credentials from"])
            .unless_near(&GIVEN_TO_THE_TOOL)
            .about_ecr()
            .weight(78),
        says(&["denied"])
            .near(&["using credentials from docker config", "using credential helper"])
            .without(&["not authorized to perform"])
            .about_ecr()
            .weight(62),
        says(&["not found in secret"]).about_ecr().weight(80),
        // Without a fresh login it is the variable's own that has expired.
        says(&["authorization token has expired"])
            .near(&["docker_auth_config"])
            .also_near(&["login succeeded", "takes precedence", "get-login-password"])
            .weight(93),
        says(&["authorization token has expired"]).near(&["\"https://"]).also_near(&["\"auths\""]).weight(93),
        says(&["authorization token has expired"])
            .near(&["login succeeded", "logging into registry"])
            .unless_near(&["@login-is-old"])
            .weight(93),
        says(&["your authorization token"]).near(&["found credentials for"]).weight(93),
        says(&["your authorization token is invalid"]).near(&["login succeeded"]).weight(84),
        says(&["no basic auth credentials"])
            .not_another()
            .near(&["login succeeded"])
            .unless_near(&["@login-afterwards"])
            .weight(52),
        says(&["authorization token has expired"]).weight(66),
    ],
    remedies: remedies![
        &[automatic("remove the old entries"), own("see which entry the client uses", Own::Resolve),],
        places::ALL,
    ],
    confirm: &[confirm_by(Own::Status)],
    check: check(Stage::Login, |case| case.mistaken()),
};

/// Where Jib says that it was given a user and a password, and asked nothing else.
const GIVEN_TO_THE_TOOL: [&str; 4] =
    ["<to><auth>", "<from><auth>", "jib.to.auth.username", "jib.from.auth.username"];
