//! The login is somewhere the failing process does not look: what it looks like, and what fixes it. The page for users is `config_not_seen_by_process.md`.

use ecrpass_core::{CommandLine, DiagnosisId};

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::places;
use crate::catalogue::remedy::{Own, by_hand, confirm, look, own, run};
use crate::catalogue::remedy_list::remedies;
use crate::check::{Case, CheckOutcome, Stage, clear, found};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::ConfigNotSeenByProcess,
    page: Page::new(include_str!("config_not_seen_by_process.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["unauthorized: authentication required"]).near(&["login succeeded"]).not_another().weight(58),
        says(&["no basic auth credentials"])
            .not_another()
            .near(&["gitlab-runner", "with specified policies", "with policy"])
            .weight(79),
        // docker logged in; the program that failed reads its login elsewhere.
        says(&["401 unauthorized"])
            .near(&["login succeeded"])
            .also_near(&["kaniko", "buildctl", "sudo ", "container("])
            .unless_near(&["@account-mismatch", "@region-mismatch"])
            .about_ecr()
            .weight(82),
        says(&["401"]).near(&["docker_config=", "/root/.docker", "/kaniko/.docker"]).about_ecr().weight(66),
        says(&["no credentials for", " found"])
            .near(&["sudo podman", "sudo skopeo", "sudo buildah"])
            .about_ecr()
            .weight(90),
        says(&["no basic auth credentials"])
            .not_another()
            .near(&["stat /root/.docker/config.json"])
            .weight(94),
        says(&["no basic auth credentials"]).not_another().near(&["/snap/docker", "snap/docker"]).weight(94),
        says(&["no basic auth credentials"])
            .not_another()
            .near(&["sudo docker", "sudo -e docker", "sudo podman", "running as root", "/root/.docker"])
            .unless_near(&["credhelpers", "@login-afterwards"])
            .weight(88),
        says(&["no basic auth credentials"])
            .not_another()
            .near(&["login succeeded"])
            .unless_near(&["@login-afterwards"])
            .weight(76),
        says(&["no basic auth credentials"])
            .not_another()
            .near(&["step 1/", "docker_config", "docker-in-docker", "dind", "kaniko", "drone", "systemd"])
            .weight(74),
        says(&["no basic auth credentials"])
            .not_another()
            .near(&["systemd[1]", ".service: ", "systemctl", "cron[", "crond["])
            .unless_near(&["kubelet", "credhelpers"])
            .weight(84),
        says(&["no basic auth credentials"]).not_another().weight(53),
        says(&["authorization token has expired"]).near(&["sudo docker", "/snap/docker"]).weight(75),
        says(&["unauthorized: authentication required"]).about_ecr().weight(50),
        says(&["registryunauthorizedexception"]).about_ecr().weight(64),
        says(&["401 unauthorized: not authorized"]).not_another().weight(60),
        says(&["no credentials for", " found"]).about_ecr().weight(68),
    ],
    remedies: remedies![
        &[
            look(
                "check as that user, in that environment",
                "sudo -H ecrpass resolve {host} --client {client}"
            ),
            run(
                "if root pulls, as a service or `sudo docker` does, set it up for root, who then needs its own AWS credentials, too",
                "sudo -H {setup}",
            ),
            own("if root logged in (`sudo docker login`) and you pull, set it up for yourself", Own::Setup),
            by_hand(
                "or set `DOCKER_CONFIG` of that process to the directory of the configuration, or mount the file",
            ),
        ],
        places::ALL,
    ],
    confirm: &[confirm("sudo -H ecrpass resolve {host} --client {client}")],
    check: check(Stage::Login, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    if !case.is_anonymous() {
        return clear("the client finds an entry for this registry");
    }
    let Some(other) = case.foreign_files().find(|file| file.hosts.contains(&case.subject.host)) else {
        return clear("no other configuration has an entry for this registry either");
    };
    let machine = &case.bundle.machine;
    let host = &case.subject.host;
    let mut proof =
        found(&other.path, format!("has an entry for {host}, but this client does not read this file"));
    if let Some(directory) = machine.variable("DOCKER_CONFIG").and_then(|variable| variable.value.as_deref())
    {
        proof = proof
            .and("DOCKER_CONFIG", directory)
            .run("use the configuration in the home directory", CommandLine::shell("unset DOCKER_CONFIG"));
    } else if let Some(user) = &machine.sudo_user {
        proof = proof.and("sudo", format!("this runs as root, the login is {user}'s"));
    }
    proof
        .fix(case.automatic_setup("set up the credential helper in this client's own configuration"))
        .outcome()
}
