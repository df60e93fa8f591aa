//! The program `docker` is not found: what it looks like, and what fixes it. The page for users is `docker_command_missing.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{by_hand, confirm, in_ci};
use crate::finding::{Ci, Severity};

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::DockerCommandMissing,
    page: Page::new(include_str!("docker_command_missing.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["docker: command not found"]).not_another().weight(95),
        says(&["docker: not found"]).unless_near(&["failed to solve"]).not_another().weight(94),
        says(&["command not found: docker"]).without(&["docker-"]).not_another().weight(95),
        says(&["'docker' is not recognized as an internal or external command"]).not_another().weight(95),
        says(&["@docker-missing"]).not_another().weight(95),
        // The AWS tools for the .NET CLI.
        says(&["failed to locate docker cli executable"]).not_another().weight(95),
        says(&["the term 'docker' is not recognized"]).not_another().weight(95),
        says(&["\"docker\": executable file not found in"]).not_another().weight(95),
        says(&["spawn docker enoent"]).about_ecr().weight(94),
        says(&["no such file or directory: 'docker'"]).about_ecr().weight(94),
        says(&["cannot run program \"docker\""]).about_ecr().weight(94),
        // aws-cdk; its word for both, no program and none that may be run.
        says(&["unable to execute 'docker' in order to build a container asset"]).not_another().weight(92),
        says(&["unable to locate executable file: docker"]).about_ecr().weight(94),
    ],
    remedies: &[
        in_ci(
            Ci::Gitlab,
            "run the job in an image that has the client",
            "image: docker:cli\nservices: [docker:dind]",
        ),
        by_hand(
            "install docker there, or run the job in an image that has it: https://docs.docker.com/engine/install/",
        ),
        by_hand(
            "if it is installed, put its directory on the `PATH` of the process that failed: services, `sudo`, CI agents and programs started from the Dock have a `PATH` of their own",
        ),
    ],
    confirm: &[confirm("command -v docker")],
    check: None,
};
