//! The docker daemon cannot be reached: what it looks like, and what fixes it. The page for users is `docker_daemon_unreachable.md`.

use ecrpass_core::{CommandLine, DiagnosisId};

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, in_ci, run};
use crate::check::{Case, CheckOutcome, Stage, clear, found, unknown};
use crate::facts::Seen;
use crate::finding::{Ci, Severity};

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::DockerDaemonUnreachable,
    page: Page::new(include_str!("docker_daemon_unreachable.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["cannot connect to the docker daemon"]).without(&["unable to inspect the image"]).not_another().weight(94),
        says(&["permission denied while trying to connect to the docker daemon socket"])
            .not_another()
            .weight(96),
        says(&["permission denied while trying to connect to the docker api"]).not_another().weight(96),
        says(&["docker.sock", "connect: permission denied"]).not_another().weight(95),
        says(&["docker.sock", "permission denied"]).not_another().weight(94),
        says(&["docker.sock", "no such file or directory"])
            .near(&["docker", "cannot"])
            .not_another()
            .weight(80),
        says(&["error during connect"]).not_another().weight(92),
        says(&["docker_engine", "the system cannot find the file specified"]).not_another().weight(94),
        says(&["dial unix", "docker.sock"]).not_another().weight(93),
        says(&["docker daemon is not running"]).not_another().weight(94),
        says(&["dial tcp: lookup docker", "no such host"]).not_another().weight(94),
        says(&["docker login", "exited with error code 1"]).about_ecr().weight(62),
        says(&["failed to connect to the docker api"]).not_another().weight(94),
    ],
    remedies: &[run("switch on privileged mode in the project's environment; see whether it is", "aws codebuild batch-get-projects --names \"${CODEBUILD_BUILD_ID%%:*}\" --query 'projects[].environment.privilegedMode'").for_ci(Ci::Codebuild), in_ci(Ci::Gitlab, "start the docker service", "services: [docker:dind]"), run("start it", "sudo systemctl start docker").unless_said(&["permission denied", "lookup docker"]), run("give this user access to the daemon", GIVE_ACCESS).unless_said(&["lookup docker"]), by_hand("in CodeBuild switch on privileged mode; in GitLab use the docker:dind service; or build without a daemon (buildah, kaniko)")],
    confirm: &[confirm("docker info")],
    check: check(Stage::Client, examine),
};

/// Docker's own way. Source: docs.docker.com, "Linux post-installation steps for Docker Engine".
const GIVE_ACCESS: &str = "sudo usermod -aG docker \"$USER\" && newgrp docker";

fn examine(case: &Case<'_>) -> CheckOutcome {
    if !case.uses_daemon() {
        return clear("this client has no daemon");
    }
    match &case.bundle.machine.daemon {
        Seen::Unknown(why) => unknown(why),
        Seen::Known(daemon) => match &daemon.unreachable {
            Some(why) if why.to_ascii_lowercase().contains("permission denied") => {
                found(&daemon.address, why)
                    .title("This user may not talk to the docker daemon")
                    .run("give this user access to the daemon", CommandLine::shell(GIVE_ACCESS))
                    .outcome()
            }
            Some(why) => found(&daemon.address, why).outcome(),
            None => clear("it answers"),
        },
    }
}
