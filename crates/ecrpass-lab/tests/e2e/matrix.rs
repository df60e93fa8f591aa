//! The truth of the client models: configurations of every kind are given to the real clients, the registry notes who
//! comes knocking, and `resolve` must have predicted it, every time.

mod built_clients;
mod configuration;
mod configurations;
mod kubelet;
mod kubelet_check;
mod kubelet_provider;
mod runs;
mod special;

use anyhow::{Context, Result};
use ecrpass_clients::client::{Client, Operation, Version};
use ecrpass_lab::{HOST, Lab, Session};

use self::configurations::docker_family;
pub use self::runs::built_client;
use self::runs::{Runs, Subject};
use self::special::podman_family;
use crate::clients::load;
use crate::moto::python;
use crate::test::Test;

pub const TESTS: &[Test] = &[
    ("resolve_predicts_docker", resolve_predicts_docker),
    ("resolve_predicts_docker_py", resolve_predicts_docker_py),
    ("resolve_predicts_podman_skopeo_and_buildah", resolve_predicts_podman_skopeo_and_buildah),
    ("resolve_predicts_crane", built_clients::crane),
    ("resolve_predicts_oras", built_clients::oras),
    ("resolve_predicts_helm_3", built_clients::helm_3),
    ("resolve_predicts_regctl", built_clients::regctl),
    ("resolve_predicts_testcontainers_go", built_clients::testcontainers),
    ("resolve_predicts_the_kubelet", kubelet::files),
    ("resolve_predicts_the_kubelets_pull_secrets", kubelet::pull_secrets),
    ("the_kubelet_runs_upstreams_provider", kubelet::provider),
    ("the_kubelet_gets_the_same_of_ours_and_upstreams_provider", kubelet_provider::both_providers),
    ("kubelet_check_says_what_the_kubelet_does", kubelet_check::check_and_kubelet),
];

/// Those whose clients take long to build or to start: `cargo xtask ci --full` runs them.
pub const SLOW_TESTS: &[Test] = &[
    ("resolve_predicts_helm_4", built_clients::helm_4),
    ("resolve_predicts_compose", built_clients::compose),
    ("resolve_predicts_buildx", built_clients::buildx),
    ("resolve_predicts_jib", built_clients::jib),
    ("resolve_predicts_testcontainers_java", built_clients::testcontainers_java),
];

const REPOSITORY: &str = "team/app";

fn image() -> String {
    format!("{HOST}/{REPOSITORY}:matrix")
}

fn resolve_predicts_docker(lab: &Lab) -> Result<()> {
    load(&Session::new(lab)?, &image())?;
    let version = version(lab, "docker --version")?;
    let mut runs = Runs::new(lab);
    let commands = [
        (Operation::Pull, format!("docker pull {HOST}/{REPOSITORY}:absent")),
        (Operation::Push, format!("docker push {}", image())),
        (Operation::Create, format!("docker create {HOST}/{REPOSITORY}:absent")),
        (Operation::Build, "DOCKER_BUILDKIT=0 docker build context".to_owned()),
    ];
    for configuration in docker_family() {
        for (operation, command) in &commands {
            let subject = Subject { version, operation: *operation, ..Subject::new(Client::Docker, command) };
            runs.compare(&subject, &configuration)?;
        }
    }
    runs.end(120)
}

fn resolve_predicts_docker_py(lab: &Lab) -> Result<()> {
    let script = format!(
        "import docker\ntry:\n  docker.from_env().images.pull('{HOST}/{REPOSITORY}', tag='absent')\nexcept Exception as e:\n  raise SystemExit(str(e))\n"
    );
    let mut runs = Runs::new(lab);
    let subject = Subject::new(Client::DockerPy, format!("{} -c \"{script}\"", python()?.display()));
    for configuration in docker_family() {
        runs.compare(&subject, &configuration)?;
    }
    runs.end(30)
}

fn resolve_predicts_podman_skopeo_and_buildah(lab: &Lab) -> Result<()> {
    let mut runs = Runs::new(lab);
    let absent = format!("{HOST}/{REPOSITORY}:absent");
    for (client, command) in [
        (Client::Podman, format!("podman pull {absent}")),
        (Client::Skopeo, format!("skopeo inspect docker://{absent}")),
        (Client::Buildah, format!("buildah pull {absent}")),
    ] {
        let version = version(lab, &format!("{} --version", client.id()))?;
        let subject = Subject { version, ..Subject::new(client, command) };
        for configuration in docker_family().into_iter().chain(podman_family()) {
            runs.compare(&subject, &configuration)?;
        }
    }
    runs.end(100)
}

fn version(lab: &Lab, command: &str) -> Result<Option<Version>> {
    let run = Session::new(lab)?.sh(command)?;
    Ok(Some(Version::find(&run.stdout).with_context(|| format!("{command} says {}", run.stdout))?))
}
