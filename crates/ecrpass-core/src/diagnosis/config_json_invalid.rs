//! # The docker configuration is not valid JSON
//!
//! The client cannot read `config.json`: it is empty, cut, or not JSON. docker warns and goes on as if it were
//! empty, so every login is gone; others stop.
//!
//! ## Why it happens
//!
//! A file cut by a full disk or by two writers, an edit by hand with a comma too many, UTF-16 or a byte order mark
//! from PowerShell, an empty variable written into it.
//!
//! ## Meanwhile
//!
//! With docker, all logins of this user are gone, of every registry; other clients stop.

use super::{Diagnosis, Severity, Stage, check, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "config-json-invalid",
    severity: Severity::Error,
    signatures: &[
        says(&["{credsstore:"]).weight(97),
        says(&["{credhelpers:"]).weight(97),
        says(&["{auths:"]).weight(97),
        says(&["error loading config file"])
            .without(&["permission denied", "is a directory", "no such file"])
            .weight(90),
        says(&["error loading config file", "invalid character"]).weight(96),
        says(&["error loading config file", "unexpected end of json input"]).weight(97),
        says(&["error loading config file", "eof"]).weight(95),
        says(&["config.json", "unexpected end of json input"]).weight(95),
        says(&["config.json", "invalid character"]).weight(95),
        says(&["config.json", "cannot unmarshal"]).weight(94),
        says(&["config.json", "illegal base64"]).weight(94),
        says(&["auth.json", "invalid character"]).weight(94),
        says(&["auth.json", "unexpected end of json input"]).weight(94),
        says(&["config.json", "error unmarshaling json"]).weight(93),
        says(&["config.json", "jsondecodeerror"]).weight(93),
        says(&["couldn't parse auth config"]).weight(92),
        says(&["invalid auth configuration file"]).weight(95),
        says(&["invalid config provided"]).near(&["config.json", ".docker"]).weight(85),
        says(&["unable to parse docker config"]).weight(92),
        says(&["error parsing docker config"]).weight(92),
        says(&[".dockerconfigjson", "invalid"]).weight(90),
    ],
    remedies: &[
        run("see where it is wrong", "ecrpass fix --dry-run"),
        run("or begin anew", "mv ~/.docker/config.json ~/.docker/config.json.broken && ecrpass setup {host}"),
    ],
    decide: "ecrpass fix --dry-run",
    check: check(Stage::Client, |case| case.mistaken("config-json-invalid")),
};
