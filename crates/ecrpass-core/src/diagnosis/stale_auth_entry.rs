//! # An old stored login is used in place of the fresh one
//!
//! A login for this registry is stored more than once, under another spelling of the host, in another file or in
//! another store, and the client picks the old one.
//!
//! ## Why it happens
//!
//! Keys with `https://`, with a path or a port were left by older clients. For podman and skopeo, `auth.json` comes
//! before docker's file; for docker 28.3 and newer, `DOCKER_AUTH_CONFIG` comes before its file and every helper.

use super::{Diagnosis, Severity, Stage, automatic, check, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "stale-auth-entry",
    severity: Severity::Error,
    signatures: &[
        says(&["not found in secret"]).about_ecr().weight(80),
        says(&["authorization token has expired"]).near(&["docker_auth_config"]).weight(93),
        says(&["authorization token has expired"]).near(&["\"https://"]).also_near(&["\"auths\""]).weight(93),
        says(&["authorization token has expired"])
            .near(&["login succeeded", "logging into registry"])
            .weight(93),
        says(&["your authorization token"]).near(&["found credentials for"]).weight(93),
        says(&["your authorization token is invalid"]).near(&["login succeeded"]).weight(84),
        says(&["no basic auth credentials"]).without(&["@other-host"]).near(&["login succeeded"]).weight(52),
        says(&["authorization token has expired"]).weight(66),
    ],
    remedies: &[
        automatic("remove the old entries"),
        run("see which entry wins", "ecrpass resolve {host} --client {client}"),
    ],
    decide: "ecrpass status",
    check: check(Stage::Login, |case| case.mistaken("stale-auth-entry")),
};
