//! # `aws ecr get-login` is no more
//!
//! Version 2 of the AWS CLI has no `get-login`. Version 1 still has it, but what it prints by default (`docker
//! login -e none …`) has been refused by docker since 17.06.
//!
//! ## Why it happens
//!
//! An old script, wrapper or pipeline step.

use super::{Diagnosis, Severity, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "deprecated-get-login",
    severity: Severity::Error,
    signatures: &[
        says(&["unknown shorthand flag: 'e' in -e"])
            .near(&["docker login", "get-login", "amazonaws"])
            .weight(97),
        says(&["invalid choice"])
            .near(&["ecr get-login ", "ecr get-login)", "ecr get-login`", "'get-login'"])
            .weight(97),
        says(&["flag provided but not defined: -e"]).weight(96),
        says(&["unknown flag: --email"]).near(&["docker login", "get-login"]).weight(93),
        says(&["invalid choice: 'get-login'"]).weight(97),
        says(&["get-login is not a valid"]).weight(90),
    ],
    remedies: &[
        run(
            "use the command that replaced it",
            "aws ecr get-login-password --region {region} | docker login --username AWS --password-stdin {host}",
        ),
        run("or do without a login", "ecrpass setup {host}"),
    ],
    decide: "aws --version",
    check: None,
};
