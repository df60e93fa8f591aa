//! This tool does not use docker's credential helpers: what it looks like, and what fixes it. The page for users is `client_ignores_cred_helper.md`.

use ecrpass_clients::client::{Client, Supplier};
use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::places;
use crate::catalogue::remedy::{Own, by_hand, confirm_by, own, run};
use crate::catalogue::remedy_list::remedies;
use crate::check::{Case, CheckOutcome, Stage, clear, found};
use crate::facts::Word;
use crate::finding::{Fix, OwnCommand, Severity};

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::ClientIgnoresCredHelper,
    page: Page::new(include_str!("client_ignores_cred_helper.md")),
    severity: Severity::Error,
    signatures: &[
        // Bazel's rules fetch without docker.
        says(&["could not fetch the manifest", "authentication issue"]).about_ecr().weight(90),
        // docker's classic builder.
        says(&["no basic auth credentials"])
            .not_another()
            .near(&["sending build context to docker daemon"])
            .weight(79),
        says(&["unauthorized: authentication required"])
            .near(&[
                "maven",
                "[info]",
                "failed to execute goal",
                "jib",
                "gradle",
                "sbt",
                "bazel",
                "packer",
                "plugin",
            ])
            .not_another()
            .weight(60),
        says(&["authentication required"])
            .near(&["trivy", "grype", "syft", "docker-modem", "testcontainers"])
            .about_ecr()
            .weight(61),
        says(&["401 unauthorized"])
            .near(&["trivy", "grype", "syft", "docker-modem", "testcontainers", "kuik"])
            .about_ecr()
            .weight(63),
        says(&["x-registry-auth"]).near(&["eof", "bad parameters"]).not_another().weight(60),
        says(&["does not exist or no pull access"])
            .near(&["docker-compose", "compose"])
            .about_ecr()
            .weight(80),
        says(&["unauthorized: authentication required"])
            .near(&["docker-compose", "dockerjava", "compose"])
            .about_ecr()
            .weight(74),
        says(&["no credentials for", " found"])
            .near(&["credsstore", "watchtower", "config_file=", "credhelpers"])
            .about_ecr()
            .weight(82),
        says(&["no basic auth credentials"])
            .not_another()
            .near(&["docker-compose version", "credhelpers", "credsstore"])
            .unless_near(&["executable file not found"])
            .weight(84),
        says(&["no basic auth credentials"])
            .not_another()
            .near(&[
                "maven",
                "[info]",
                "sbt.",
                "dockerjava",
                "docker-java",
                "testcontainers",
                "com.spotify",
                "io.fabric8",
                "gradle",
                "bazel",
                "pulumi",
                "docker.errors",
                "dockerode",
                "packer",
            ])
            .weight(86),
        says(&["no basic auth credentials"])
            .not_another()
            .near(&["failed to build", "service '", "gitlab-runner", "with specified policies"])
            .weight(77),
        says(&["no basic auth credentials"]).not_another().weight(51),
        says(&["unauthorized: authentication required"])
            .near(&["skopeo", "docker://", "podman", "buildah"])
            .about_ecr()
            .weight(76),
        says(&["401 unauthorized"])
            .near(&["gradle", "maven", "bazel", "oci_pull", "kaniko", "testcontainers"])
            .about_ecr()
            .weight(72),
        says(&["401 unauthorized: not authorized"]).not_another().weight(58),
        says(&["registryunauthorizedexception"]).about_ecr().weight(60),
        says(&["push refers to repository"])
            .near(&["dockerfile-maven-plugin", "docker-maven-plugin"])
            .about_ecr()
            .weight(50),
        says(&["credsstore", "not supported"]).weight(85),
        says(&["credential helpers are not supported"]).weight(92),
    ],
    remedies: remedies![
        &[
            run(
                "log in for this tool alone, for 12 hours: in a separate configuration directory without a helper; then start the tool with DOCKER_CONFIG set to that directory",
                "mkdir -p ~/.docker-plain && echo '{\"auths\":{}}' > ~/.docker-plain/config.json && DOCKER_CONFIG=~/.docker-plain ecrpass login --client docker {host}",
            ),
            own(
                "or, if the tool has settings for user name and password, use AWS and what this command prints",
                Own::Token,
            ),
            own("see what the tool would send", Own::Resolve),
            by_hand("or update the tool to a version that reads `credHelpers`"),
        ],
        places::ALL,
    ],
    confirm: &[confirm_by(Own::ResolveForAll)],
    check: check(Stage::Login, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    const SUMMARY: &str = "log this client in separately, for 12 hours";
    let client = case.bundle.question.client.as_str();
    let docker = case.subject.docker_outcome.as_ref().and_then(Word::known);
    if case.is_anonymous()
        && case.supplier() == Some(Supplier::Anonymous)
        && matches!(docker, Some(Supplier::Helper | Supplier::Store))
    {
        return found(client, format!("{client} does not use the credential helper that docker uses"))
            .fix(match (&case.registry, Client::parse(client)) {
                (Some(registry), Some(client)) => {
                    Fix::own(SUMMARY, OwnCommand::Login { registry: registry.clone(), client })
                }
                _ => Fix::by_hand(SUMMARY),
            })
            .outcome();
    }
    clear("it uses the same credential helper as docker")
}
