//! A tool is too old for what is asked of it: what it looks like, and what fixes it. The page for users is `client_too_old.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{Own, by_hand, confirm, look, own, run};
use crate::check::{Case, CheckOutcome, Stage, clear, found, unknown};
use crate::finding::Severity;

/// What a docker client and a daemon say of each other.
const DAEMON: [&str; 4] = ["api version", "client version", "client is newer than server", "is too new"];

/// What actions say of hosts that they do not know.
const ACTION: [&str; 2] = ["region is missing", "can only be used with amazon elastic container registry"];

/// The same, and what is no matter of the AWS CLI's.
const NOT_THE_CLI: [&str; 7] = [
    "api version",
    "client version",
    "client is newer than server",
    "is too new",
    "region is missing",
    "can only be used with amazon elastic container registry",
    "--password-stdin",
];

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::ClientTooOld,
    page: Page::new(include_str!("client_too_old.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["client version", "is too new"]).not_another().weight(94),
        says(&["maximum supported api version"]).not_another().weight(94),
        says(&["not found, resolveendpointv2"]).about_ecr().weight(92),
        says(&["failed to resolve service endpoint", "ecr"]).weight(88),
        says(&["unknown endpoint", "ecr"]).without(&["expected scheme"]).weight(76),
        says(&["assignment to entry in nil map"])
            .near(&["docker/cli", "docker login", "credentials"])
            .not_another()
            .weight(84),
        says(&["no basic auth credentials"])
            .not_another()
            .near(&[
                "maven",
                "io.fabric8",
                "com.spotify",
                "dockerjava",
                "docker-java",
                "testcontainers",
                "sbt.",
            ])
            .weight(81),
        says(&["401 unauthorized"]).near(&["kaniko", "helm", "executor"]).about_ecr().weight(46),
        says(&["invalid choice: 'ecr-public'"]).weight(96),
        says(&["invalid choice"]).near(&["aws ecr-public "]).weight(95),
        says(&["invalid choice"])
            .near(&["ecr get-login-password"])
            .unless_near(&["ecr get-login ", "ecr get-login)", "'get-login'"])
            .weight(95),
        says(&["unknown options: --no-include-email"]).weight(96),
        says(&["is not a valid container metadata service hostname"]).shared().weight(93),
        says(&["invalid endpoint host", "only loopback hosts are allowed"]).shared().weight(93),
        says(&["region is missing"]).near(&[".amazonaws.eu", "eusc-"]).weight(97),
        says(&["can only be used with amazon elastic container registry", ".amazonaws.eu"]).weight(98),
        says(&["can only be used with amazon elastic container registry", ".on.aws"]).weight(98),
        says(&["'get-login-password'", "invalid choice"]).without(&["maybe you meant"]).weight(97),
        says(&["unknown flag: --password-stdin"]).weight(96),
        says(&["flag provided but not defined: --password-stdin"]).weight(96),
        says(&["flag provided but not defined: -password-stdin"]).weight(96),
        says(&["is too old", "minimum supported api version"]).not_another().weight(91),
        says(&["client is newer than server"]).not_another().weight(80),
        says(&["was not found in region metadata"]).weight(70),
        says(&["no basic auth credentials"])
            .not_another()
            .near(&["docker version 1.", "docker/1.", "server version: 1."])
            .weight(86),
        says(&["no basic auth credentials"]).not_another().weight(46),
        says(&["unsupported version", "docker-credential"]).weight(80),
        says(&["node12 actions are deprecated"]).about_ecr().weight(50),
        says(&["missing required client configuration", "ecr"]).weight(60),
    ],
    remedies: &[
        run(
            "if the daemon is the older of the two, talk to it in its version until it is updated",
            "export DOCKER_API_VERSION=1.41",
        )
        .if_said(&DAEMON),
        by_hand("if an action does not know this kind of host, use its newest release").if_said(&ACTION),
        look("see which versions run in that step", "aws --version; docker version"),
        run(
            "install AWS CLI 2",
            "curl -fsS \"https://awscli.amazonaws.com/awscli-exe-linux-$(uname -m).zip\" -o awscliv2.zip && unzip -q awscliv2.zip && sudo ./aws/install --update",
        )
        .unless_said(&NOT_THE_CLI),
        own("or do not use the AWS CLI: set up the credential helper", Own::Setup),
    ],
    confirm: &[confirm("aws --version; docker version")],
    check: check(Stage::Login, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    let name = case.subject.helper_named.as_deref().filter(|name| ecrpass_clients::repair::is_helper(name));
    let name = format!("docker-credential-{}", name.unwrap_or("ecr-login"));
    let helper = case.bundle.machine.program(&name).and_then(|program| program.first());
    let issued = case.subject.token.known().is_some_and(|call| call.answer.is_some());
    let (Some(helper), Some(offered), true) = (helper, case.subject.offered.known(), issued) else {
        return case.said_or(unknown("no helper was asked"));
    };
    let machine = &case.bundle.machine;
    let fits = helper.architecture.as_ref().is_none_or(|other| *other == machine.architecture);
    let is_ours = helper.version.as_deref().is_some_and(|version| version.contains("ecrpass"));
    match &offered.failure {
        // Ours names the cause by itself.
        Some(failure) if !is_ours && fits && case.asks_ecr_helper() => {
            let version = helper.version.as_deref().unwrap_or("of unknown version");
            found(
                &helper.path,
                format!("{version} fails ({failure}), though ECR issues a token to these credentials"),
            )
            .title(format!("The credential helper {} fails although AWS issues a token", helper.path))
            .fix(case.automatic_setup("use ecrpass instead, under its own name"))
            .run("or install ecrpass under that name", case.link(&helper.path))
            .outcome()
        }
        _ => case.said_or(clear("nothing shows this")),
    }
}
