//! The clients that Debian does not have, built or downloaded in pinned releases by `cargo xtask ci`, under the matrix.

use anyhow::Result;
use ecrpass_clients::client::{Client, Operation};
use ecrpass_lab::{HOST, Lab};

use super::REPOSITORY;
use super::configuration::{Behaviour, Configuration};
use super::configurations::docker_family;
use super::runs::{Runs, Subject, built_client};
use super::special::{helm_family, podman_family, regctl_family, variables_family};

/// What oras-go says when it has nothing to answer a Basic challenge with.
const ORAS_EMPTY_HANDED: &[&str] =
    &["basic credential not found", "missing username or password for basic auth"];

fn compare(
    lab: &Lab,
    subject: &Subject,
    configurations: impl IntoIterator<Item = Configuration>,
) -> Result<()> {
    let mut runs = Runs::new(lab);
    for configuration in configurations {
        runs.compare(subject, &configuration)?;
    }
    runs.end(60)
}

pub fn crane(lab: &Lab) -> Result<()> {
    let command = format!("{} manifest {HOST}/{REPOSITORY}:absent", built_client("crane")?.display());
    let all = docker_family().into_iter().chain(podman_family()).chain(variables_family());
    compare(lab, &Subject::new(Client::Crane, command), all)
}

pub fn oras(lab: &Lab) -> Result<()> {
    let command = format!("{} manifest fetch {HOST}/{REPOSITORY}:absent", built_client("oras")?.display());
    let subject = Subject { empty_handed: ORAS_EMPTY_HANDED, ..Subject::new(Client::Oras, command) };
    compare(lab, &subject, docker_family().into_iter().chain(variables_family()))
}

pub fn helm_3(lab: &Lab) -> Result<()> {
    helm(lab, "helm3")
}

pub fn helm_4(lab: &Lab) -> Result<()> {
    helm(lab, "helm4")
}

fn helm(lab: &Lab, program: &str) -> Result<()> {
    let program = built_client(program)?;
    let command = format!("{} pull oci://{HOST}/{REPOSITORY} --version 1.0.0", program.display());
    let subject = Subject { empty_handed: ORAS_EMPTY_HANDED, ..Subject::new(Client::Helm, command) };
    compare(lab, &subject, docker_family().into_iter().chain(variables_family()).chain(helm_family()))
}

pub fn regctl(lab: &Lab) -> Result<()> {
    let command = format!("{} manifest get {HOST}/{REPOSITORY}:absent", built_client("regctl")?.display());
    let all = docker_family().into_iter().chain(variables_family()).chain(regctl_family());
    compare(lab, &Subject::new(Client::Regclient, command), all)
}

pub fn compose(lab: &Lab) -> Result<()> {
    let program = built_client("docker-compose")?;
    let file = format!("services: {{a: {{image: \"{HOST}/{REPOSITORY}:absent\"}}}}\n");
    let all = docker_family().into_iter().chain(variables_family());
    let all = all.map(|configuration| configuration.text("compose.yaml", file.clone()));
    compare(lab, &Subject::new(Client::Compose, format!("{} pull", program.display())), all)
}

pub fn buildx(lab: &Lab) -> Result<()> {
    let command = format!("{} build --progress plain context", built_client("buildx")?.display());
    let subject = Subject {
        operation: Operation::Build,
        // The daemon's BuildKit asks without credentials then.
        empty_handed: &["401 Unauthorized", "no basic auth credentials"],
        ..Subject::new(Client::Buildx, command)
    };
    compare(lab, &subject, docker_family().into_iter().chain(variables_family()))
}

pub fn testcontainers(lab: &Lab) -> Result<()> {
    let command = format!("{} {HOST}/{REPOSITORY}", built_client("testcontainers")?.display());
    let all = docker_family().into_iter().chain(variables_family());
    compare(lab, &Subject::new(Client::TestcontainersGo, command), all)
}

pub fn jib(lab: &Lab) -> Result<()> {
    let command = format!("{} jib {HOST}/{REPOSITORY}", built_client("java-clients")?.display());
    // It asks ecr-login without being told to, unless something else was found.
    let inferred =
        [Behaviour::Answers, Behaviour::NotFound, Behaviour::Blank, Behaviour::Fails].map(|behaviour| {
            Configuration::new(format!("no file, ecr-login {behaviour:?}")).helper("ecr-login", behaviour)
        });
    let others = docker_family().into_iter().chain(podman_family());
    let others = others.map(|configuration| configuration.helper("ecr-login", Behaviour::NotFound));
    compare(lab, &Subject::new(Client::Jib, command), inferred.into_iter().chain(others))
}

pub fn testcontainers_java(lab: &Lab) -> Result<()> {
    let command = format!("{} testcontainers {HOST}/{REPOSITORY}", built_client("java-clients")?.display());
    let all = docker_family().into_iter().chain(variables_family());
    compare(lab, &Subject::new(Client::TestcontainersJava, command), all)
}
