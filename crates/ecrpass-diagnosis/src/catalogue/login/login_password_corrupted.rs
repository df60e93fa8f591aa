//! The password was altered on its way to docker login: what it looks like, and what fixes it. The page for users is `login_password_corrupted.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{Own, by_hand, confirm, own, run};
use crate::check::{Case, CheckOutcome, Stage, clear, unknown};
use crate::facts::Username;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::LoginPasswordCorrupted,
    page: Page::new(include_str!("login_password_corrupted.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["@answered-400"]).without(&["put ", "manifests/", "level=debug", "debu["]).weight(58),
        says(&["your authorization token is invalid"]).weight(68),
        says(&["request to https://", "400 bad request"]).without(&["put request"]).about_ecr().weight(68),
        says(&["must be single line with syntax <username>:<password>"]).weight(80),
        says(&["400"])
            .near(&["docker exec -t", "exec -ti", "run --rm -t", "run -t ", "crlf", "run -ti", "--tty"])
            .also_near(&["login"])
            .about_ecr()
            .weight(93),
        says(&["login attempt to", "400"]).near(&["@terminal-password"]).about_ecr().weight(84),
        says(&["login attempt to", "400 bad request"]).about_ecr().weight(72),
        says(&["failed with status"])
            .near(&["400 bad request"])
            .also_near(&["login attempt to"])
            .about_ecr()
            .weight(74),
        says(&["400 bad request"])
            .near(&[
                "ps c:\\",
                "ps d:\\",
                "ps e:\\",
                "$env:",
                "get-ecrlogincommand",
                "powershell",
                "pwsh",
                "run --rm -it",
                "run -it",
                "docker exec -it",
                "ssh -t",
            ])
            .also_near(&["login"])
            .about_ecr()
            .weight(91),
        says(&["bad request"])
            .near(&["run --rm -it", "run -it", "exec -it"])
            .also_near(&["docker login"])
            .weight(74),
        says(&["illegal base64 data"]).about_ecr().weight(84),
        says(&["the parameter is incorrect"]).near(&["docker login"]).about_ecr().weight(72),
    ],
    remedies: &[
        by_hand("remove `-t` from `docker run`, `docker exec` and `ssh` before the pipe").on_node(false),
        run("in PowerShell, run the pipe in cmd", "cmd /c \"{login}\""),
        own("or avoid the pipe: let ecrpass log in", Own::Setup).on_node(false),
        run(
            "write a fresh password into the pull secret",
            "kubectl create secret docker-registry {secret} --namespace {namespace} --docker-server={host} --docker-username=AWS --docker-password=\"$({get-password})\" --dry-run=client -o yaml | kubectl apply -f -",
        )
        .on_node(true),
        common::NODE_NEEDS_NO_SECRET.on_node(true),
    ],
    confirm: &[confirm("{get-password} | LC_ALL=C tr -d 'A-Za-z0-9+/=\\n' | wc -c").on_node(false), common::READ_PULL_SECRET.on_node(true)],
    check: check(Stage::Login, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    let Some(offered) = case.subject.offered.known() else { return unknown(case.not_reached()) };
    if offered.altered && !case.is_authenticated() {
        let proof =
            case.found_in_login("the password has a line break or a space in it, and ECR's have none");
        return case.with_setup(proof, "set up the credential helper instead").outcome();
    }
    let looks_wrong =
        offered.username.as_ref().is_some_and(|user| *user == Username::Aws) && !offered.ecr_password;
    // The password's form is not documented: only a refusal shows that it is no good.
    let refused = [400, 401, 403].into_iter().find_map(|status| case.refused_login(status));
    match refused.filter(|_| case.said_expired().is_none()) {
        Some((source, answer)) if looks_wrong => {
            let proof = case
                .found_in_login("the password is not one that ECR issues, or was altered")
                .and(source, format!("{} {}", answer.status, answer.message).trim_end());
            case.with_setup(proof, "set up the credential helper instead").outcome()
        }
        _ => clear("the password looks like one from ECR, or the registry can read it"),
    }
}
