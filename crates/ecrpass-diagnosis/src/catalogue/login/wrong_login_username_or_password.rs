//! The login was made with something else than an ECR password: what it looks like, and what fixes it. The page for users is `wrong_login_username_or_password.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{Own, confirm_by, run};
use crate::check::{Case, CheckOutcome, Stage, clear, unknown};
use crate::facts::Username;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::WrongLoginUsernameOrPassword,
    page: Page::new(include_str!("wrong_login_username_or_password.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["@answered-400"]).without(&["put ", "manifests/", "level=debug", "debu["]).weight(55),
        // User and password were given to the tool, so that no helper is asked.
        says(&["401 unauthorized"])
            .near(&[
                "jib.to.auth.username",
                "jib.from.auth.username",
                "credentials from <to><auth>",
                "credentials from <from><auth>",
                "--creds ",
                "--creds=",
                "--dest-creds",
                "--src-creds",
            ])
            .about_ecr()
            .weight(76),
        says(&["unauthorized for "])
            .near(&["jib.to.auth.username", "jib.from.auth.username", "<to><auth>", "<from><auth>"])
            .about_ecr()
            .weight(78),
        says(&["unauthorized for "]).near(&["com.google.cloud.tools", "jib"]).about_ecr().weight(69),
        says(&["request to https://", "400 bad request"]).without(&["put request"]).about_ecr().weight(66),
        says(&["denied: not authorized"]).about_ecr().weight(68),
        // The registry itself, no image: a login.
        says(&["public.ecr.aws/v2/: denied: not authorized"]).weight(82),
        says(&["public.ecr.aws/v2/\": denied: not authorized"]).weight(82),
        says(&["400"]).near(&["@wrong-user"]).about_ecr().weight(97),
        says(&["unauthorized: not authorized"]).near(&["@wrong-user"]).about_ecr().weight(95),
        says(&["401"]).near(&["@wrong-user"]).about_ecr().weight(95),
        says(&["authorization token has expired"]).near(&["error parsing http 403 response body"]).weight(70),
        says(&["docker login", "-u akia"]).weight(95),
        says(&["docker login", "aws_secret_access_key"]).without(&["get-login-password"]).weight(92),
        says(&["docker login", "aws_access_key_id"]).without(&["get-login-password"]).weight(92),
        says(&["username: ***", "password: ***"]).near(&["400 bad request"]).about_ecr().weight(60),
        says(&["400 bad request"])
            .near(&["aws_access_key_id }}", "aws_secret_access_key }}", "username: akia", "-u akia"])
            .about_ecr()
            .weight(92),
        says(&["login attempt to", "401 unauthorized"]).about_ecr().weight(86),
        says(&["incorrect username or password"]).about_ecr().weight(86),
        says(&["invalid username/password"]).about_ecr().weight(86),
        says(&["login attempt to", "403 forbidden"]).about_ecr().weight(74),
        says(&["login attempt to", "400 bad request"]).about_ecr().weight(62),
        says(&["bad request 400"]).weight(78),
        says(&["failed with status"])
            .near(&["400 bad request"])
            .also_near(&["login attempt to"])
            .about_ecr()
            .weight(62),
    ],
    remedies: &[
        run("log in with the user name AWS and a fresh password", "{login}"),
        common::HELPER_NEEDS_NO_LOGIN.on_node(false),
        run(
            "write the user name AWS and a fresh password into the pull secret",
            "kubectl create secret docker-registry {secret} --namespace {namespace} --docker-server={host} --docker-username=AWS --docker-password=\"$({get-password})\" --dry-run=client -o yaml | kubectl apply -f -",
        )
        .on_node(true),
        common::NODE_NEEDS_NO_SECRET.on_node(true),
    ],
    confirm: &[confirm_by(Own::Resolve).on_node(false), common::READ_PULL_SECRET.on_node(true)],
    check: check(Stage::Login, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    let Some(offered) = case.subject.offered.known() else { return unknown(case.not_reached()) };
    match &offered.username {
        Some(user) if *user != Username::Aws && !case.is_authenticated() => case
            .with_setup(
                case.found_in_login("the user name is another than `AWS`"),
                "set up the credential helper instead",
            )
            .outcome(),
        Some(_) => clear("the user name is `AWS`"),
        None => clear("nothing is sent"),
    }
}
