//! The docker configuration is not valid JSON: what it looks like, and what fixes it. The page for users is `config_json_invalid.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{Own, confirm_by, own, run};
use crate::check::Stage;
use crate::finding::{FixExtent, Severity};

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::ConfigJsonInvalid,
    page: Page::new(include_str!("config_json_invalid.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["{credsstore:"]).not_another().weight(97),
        says(&["{credhelpers:"]).not_another().weight(97),
        says(&["{auths:"]).not_another().weight(97),
        says(&["error loading config file"])
            .without(&["permission denied", "is a directory", "no such file"])
            .not_another()
            .weight(90),
        says(&["error loading config file", "invalid character"]).not_another().weight(96),
        says(&["error loading config file", "unexpected end of json input"]).not_another().weight(97),
        says(&["error loading config file", "eof"]).not_another().weight(95),
        says(&["config.json", "unexpected end of json input"]).not_another().weight(95),
        says(&["config.json", "invalid character"]).not_another().weight(95),
        says(&["config.json", "cannot unmarshal"]).not_another().weight(94),
        says(&["config.json", "illegal base64"]).not_another().weight(94),
        says(&["auth.json", "invalid character"]).not_another().weight(94),
        says(&["auth.json", "unexpected end of json input"]).not_another().weight(94),
        says(&["config.json", "error unmarshaling json"]).not_another().weight(93),
        says(&["config.json", "jsondecodeerror"]).not_another().weight(93),
        says(&["couldn't parse auth config"]).not_another().weight(92),
        says(&["invalid auth configuration file"]).not_another().weight(95),
        says(&["invalid config provided"]).near(&["config.json", ".docker"]).not_another().weight(85),
        says(&["unable to parse docker config"]).not_another().weight(92),
        says(&["error parsing docker config"]).not_another().weight(92),
        says(&[".dockerconfigjson", "invalid"]).not_another().weight(90),
    ],
    remedies: &[
        own("see which line is wrong", Own::Fix(FixExtent::DryRun)),
        run("or start with a new file", "mv ~/.docker/config.json ~/.docker/config.json.broken && {setup}"),
    ],
    confirm: &[confirm_by(Own::Fix(FixExtent::DryRun))],
    check: check(Stage::Client, |case| case.mistaken()),
};
