//! Cases of clients: their files, helpers and daemon.

use ecrpass_clients::client::Client;
use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::facts::{Installed, Variable};

use super::{Cases, of};
use crate::support::{Facts, HOST, NOW, ecr_password, healthy, installed, stored_login, unknown};

const ELSEWHERE: &str = "this client does not pull it";
const HELPER: &str = "docker-credential-ecr-login";

pub fn cases() -> Vec<Cases> {
    [clients(), files(), processes(), helpers()].into_iter().flatten().collect()
}

/// docker's configuration names the helper, which is not what the client looks at.
fn named_for_docker(client: Client) -> Facts {
    healthy().client(client).docker_config(&format!("{{\"credHelpers\": {{\"{HOST}\": \"ecr-login\"}}}}"))
}

/// Amazon's helper, which is older than something it is asked for.
fn amazons_helper(architecture: &str) -> Facts {
    let file = Installed {
        architecture: Some(architecture.to_owned()),
        version: Some("docker-credential-ecr-login (amazon-ecr-credential-helper) 0.3.1".to_owned()),
        ..installed("/usr/bin/docker-credential-ecr-login")
    };
    healthy().program(HELPER, vec![file])
}

fn clients() -> Vec<Cases> {
    const COMPLAINT: &str = "docker-credential-ecr-login: Error retrieving credentials: MissingRegion: could not find region configuration";
    vec![
        of(DiagnosisId::ClientIgnoresCredHelper)
            .found(
                "podman, which knows no store for all registries",
                healthy().client(Client::Podman).docker_config(r#"{"credsStore": "ecr-login"}"#),
                "podman does not use the credential helper that docker uses",
            )
            .clear("docker", healthy(), "it uses the same credential helper as docker")
            .clear(
                "crane, which asks the helper",
                named_for_docker(Client::Crane),
                "it uses the same credential helper as docker",
            )
            .unknown("a node pulls", healthy().pulled_by_a_node(), ELSEWHERE),
        of(DiagnosisId::ClientTooOld)
            .found(
                "Amazon's helper fails where ECR issues a token",
                amazons_helper("amd64").helper_failed(COMPLAINT),
                "0.3.1 fails (docker-credential-ecr-login: Error retrieving credentials",
            )
            .clear("the helper answers", amazons_helper("amd64"), "nothing shows this")
            .clear(
                "it fails for its architecture",
                amazons_helper("arm64")
                    .helper_failed("docker-credential-ecr-login: Exec format error (os error 8)"),
                "nothing shows this",
            )
            .unknown("there is none", healthy().program(HELPER, Vec::new()), "no helper was asked")
            .unknown("nobody was asked", healthy().offline(), "no helper was asked"),
    ]
}

fn files() -> Vec<Cases> {
    let login = stored_login(HOST, "AWS", &ecr_password(NOW + 3600));
    vec![
        of(DiagnosisId::ConfigFilePermission)
            .found(
                "the file is root's",
                healthy().config_unreadable("Permission denied (os error 13)"),
                "Permission denied",
            )
            .clear("it can be read", healthy(), "the configuration can be read")
            .unknown("a node pulls", healthy().pulled_by_a_node(), ELSEWHERE),
        of(DiagnosisId::ConfigJsonInvalid)
            .found("a comma too many", healthy().docker_config("{\"auths\": {},\n}"), "")
            .clear("it is JSON", healthy(), "the configuration shows no sign of it")
            .unknown("a node pulls", healthy().pulled_by_a_node(), ELSEWHERE),
        of(DiagnosisId::ConfigNotSeenByProcess)
            .found(
                "sudo: the login is in the user's home",
                healthy()
                    .change(|bundle| {
                        bundle.machine.user_id = Some(0);
                        bundle.machine.sudo_user = Some("ada".to_owned());
                    })
                    .docker_config("{}")
                    .login_elsewhere("/home/ada/.docker/config.json"),
                "has an entry for 123456789012.dkr.ecr.us-east-1.amazonaws.com, but this client does not read this file",
            )
            .found(
                "DOCKER_CONFIG leads elsewhere",
                healthy()
                    .change(|bundle| {
                        bundle.machine.variables.push(Variable {
                            name: "DOCKER_CONFIG".to_owned(),
                            value: Some("/tmp/empty".to_owned()),
                        });
                    })
                    .docker_config("{}")
                    .login_elsewhere("/home/ada/.docker/config.json"),
                "this client does not read this file",
            )
            .clear(
                "it has a login of its own",
                healthy().docker_config(&login).login_elsewhere("/home/ada/.docker/config.json"),
                "the client finds an entry",
            )
            .clear("nobody has one", healthy().docker_config("{}"), "no other configuration has an entry")
            .unknown("a node pulls", healthy().pulled_by_a_node(), ELSEWHERE),
    ]
}

fn processes() -> Vec<Cases> {
    const NO_DAEMON: &str = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running? (No such file or directory (os error 2))";
    vec![
        of(DiagnosisId::DockerDaemonUnreachable)
            .found(
                "it does not run",
                healthy().daemon_unreachable(NO_DAEMON),
                "Is the docker daemon running?",
            )
            .clear("it answers", healthy(), "it answers")
            .clear("podman has none", healthy().client(Client::Podman), "this client has no daemon")
            .unknown(
                "it is on another machine",
                healthy().change(|bundle| {
                    bundle.machine.daemon =
                        unknown("it is at ssh://build@host: ecrpass can only ask daemons at unix://");
                }),
                "ecrpass can only ask daemons at unix://",
            ),
        of(DiagnosisId::EcrpassConfigInvalid)
            .found_in(
                "crates/ecrpass/tests/doctor.rs",
                "a_broken_configuration_of_ours_is_found",
                "the file is read by the helper's crate, which rests on this one",
            )
            .clear("a token is issued", healthy(), "ECR issued a token")
            .unknown("a node pulls", healthy().pulled_by_a_node(), ELSEWHERE),
        of(DiagnosisId::CredentialDelegateSlow)
            .found_in(
                "crates/docker-credential-ecr-login/tests/helper/delegate.rs",
                "one_that_hangs_is_ended_with_all_it_started",
                "only a helper that is asked for another registry meets it",
            )
            .clear("a token is issued", healthy(), "ECR issued a token")
            .unknown("a node pulls", healthy().pulled_by_a_node(), ELSEWHERE),
        of(DiagnosisId::InternalError)
            .found_in(
                "crates/docker-credential-ecr-login/src/last_resort.rs",
                "a_panic_says_one_line_with_its_own_slug",
                "nothing that can be collected makes it panic",
            )
            .clear("a token is issued", healthy(), "ECR issued a token")
            .unknown("a node pulls", healthy().pulled_by_a_node(), ELSEWHERE),
    ]
}

fn helpers() -> Vec<Cases> {
    let config = |helper: &str| format!("{{\"credHelpers\": {{\"{HOST}\": \"{helper}\"}}}}");
    let arm = Installed {
        architecture: Some("arm64".to_owned()),
        ..installed("/usr/bin/docker-credential-ecr-login")
    };
    let plain = Installed { executable: false, ..installed("/usr/bin/docker-credential-ecr-login") };
    let missing = || healthy().program(HELPER, Vec::new()).docker_config(&config("ecr-login"));
    vec![
        of(DiagnosisId::HelperNotOnPath)
            .found("it is not installed", missing(), "has no docker-credential-ecr-login")
            .found(
                "nothing can be installed on that node",
                missing().change(|bundle| bundle.machine.distribution = Some("bottlerocket".to_owned())),
                "nothing can be installed on Bottlerocket",
            )
            .found(
                "it is outside PATH",
                missing().change(|bundle| {
                    for program in bundle.machine.programs.iter_mut().filter(|one| one.name == HELPER) {
                        program.elsewhere = Some("/home/ada/go/bin/docker-credential-ecr-login".to_owned());
                    }
                }),
                "has no docker-credential-ecr-login",
            )
            .found(
                "it may not be run",
                healthy().program(HELPER, vec![plain]).docker_config(&config("ecr-login")),
                "is not executable",
            )
            .found(
                "it is for another machine",
                healthy()
                    .program(HELPER, vec![arm])
                    .docker_config(&config("ecr-login"))
                    .helper_failed("docker-credential-ecr-login: Exec format error (os error 8)"),
                "is built for arm64, this machine is amd64",
            )
            .found(
                "its name is misspelt",
                healthy()
                    .program("docker-credential-ecr-logn", Vec::new())
                    .docker_config(&config("ecr-logn")),
                "has no docker-credential-ecr-logn",
            )
            .clear("it answers", healthy(), "the client's configuration and helper are complete")
            .clear("none is named", healthy().docker_config("{}"), "no ECR helper is configured")
            .clear(
                "it is there and fails",
                healthy().helper_failed("docker-credential-ecr-login: no"),
                "is on PATH",
            )
            .unknown(
                "it was not looked for",
                missing().change(|bundle| bundle.machine.programs.retain(|one| one.name != HELPER)),
                "was not looked for",
            ),
    ]
}
