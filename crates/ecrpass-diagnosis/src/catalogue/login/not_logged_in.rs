//! No credentials were sent: what it looks like, and what fixes it. The page for users is `not_logged_in.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::places;
use crate::catalogue::remedy::{Own, automatic, by_hand, confirm_by, in_ci, look, own, run};
use crate::catalogue::remedy_list::remedies;
use crate::check::{Case, CheckOutcome, Stage, clear, found};
use crate::finding::{Ci, Severity};

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::NotLoggedIn,
    page: Page::new(include_str!("not_logged_in.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["@answered-401"]).without(&["level=debug", "debu["]).weight(63),
        says(&["could not be accessed on a registry to record"]).about_ecr().weight(64),
        says(&["basic credential not found"]).not_another().weight(82),
        says(&["credential required for basic auth"]).not_another().weight(82),
        says(&["pulling repository", "authentication is required"]).about_ecr().weight(76),
        says(&["please login prior to"]).not_another().weight(82),
        says(&["x-registry-auth", "eof"]).not_another().weight(74),
        says(&["missing x-registry-auth"]).not_another().weight(74),
        says(&["unauthorized: authentication required"]).not_another().weight(56),
        says(&["401 unauthorized"])
            .near(&[
                "docker push",
                "docker pull",
                "push refers to",
                "failed to pull image",
                "kaniko",
                "buildx",
                "/v2/",
            ])
            .not_another()
            .weight(42),
        says(&["requested access to the resource is denied"]).not_another().weight(44),
        says(&["denied: access forbidden"]).near(&["aws"]).not_another().weight(36),
        says(&["does not exist or no pull access"]).unless_near(&["cannotpull"]).about_ecr().weight(76),
        says(&["status code 401"]).not_another().near(&["not authorized"]).weight(70),
        says(&["no auth config found for registry"]).about_ecr().weight(92),
        says(&["unable to get authconfig for registry"]).about_ecr().weight(91),
        says(&["could not fetch the manifest", "authentication issue"]).weight(72),
        says(&["ensure registry read/write access to"]).about_ecr().weight(71),
        says(&["ensure registry write access to"]).about_ecr().weight(71),
        says(&["not logged in"]).about_ecr().weight(72),
        says(&["no basic auth credentials"]).not_another().weight(80),
        says(&["no credentials for", " found"]).about_ecr().weight(78),
        says(&["401 unauthorized: not authorized"]).not_another().weight(73),
        says(&["unauthorized: authentication required"]).about_ecr().weight(72),
        says(&["registryunauthorizedexception"]).about_ecr().weight(71),
        says(&["unauthorized: not authorized"]).about_ecr().weight(70),
        says(&["unauthorized for "]).about_ecr().weight(66),
        says(&["401 unauthorized"]).about_ecr().weight(64),
        says(&["status code 401"]).about_ecr().weight(62),
        says(&["authentication required"]).about_ecr().weight(60),
        says(&["failed to find docker auth"]).about_ecr().weight(55),
        says(&["repository does not exist or may require 'docker login'"])
            .without(&["token has expired", "is not authorized", "toomanyrequests", "no basic auth"])
            .about_ecr()
            .weight(58),
        says(&["repository does not exist or may require authorization"])
            .without(&["token has expired", "is not authorized", "no basic auth"])
            .about_ecr()
            .weight(58),
        says(&["imagepullbackoff"]).about_ecr().weight(44),
    ],
    remedies: remedies![
        &[
            by_hand("if Terraform says it, have Terraform's provider `docker` read a login: give it a `registry_auth` with this registry's host as `address` and `config_file = pathexpand(\"~/.docker/config.json\")`, or with the `user_name` and `password` of `data.aws_ecr_authorization_token`")
                .if_said(&["no auth config found for registry"]),
            in_ci(
                Ci::Github,
                "log in in the same job, before the push",
                "- uses: aws-actions/amazon-ecr-login@v2",
            )
            .private(),
            in_ci(
                Ci::Github,
                "log in in the same job, before the push; in us-east-1",
                "- { uses: aws-actions/amazon-ecr-login@v2, with: { registry-type: public } }",
            )
            .public(),
            in_ci(Ci::Gitlab, "log in in the same job", "before_script: ['{login}']"),
            in_ci(Ci::Jenkins, "log in in the same step, as the same user", "sh '{login}'"),
            in_ci(Ci::Codebuild, "log in in the pre_build phase", "- {login}"),
            in_ci(Ci::Circleci, "log in in the same job", "- run: {login}"),
            own("set up the credential helper for this registry; it needs no login", Own::Setup),
            look(
                "if a credential helper is configured, ask it why it has no token",
                "echo {host} | docker-credential-ecr-login get > /dev/null; tail ~/.ecr/log/ecr-login.log",
            ),
            automatic("repair what is wrong in the docker configuration"),
            run("or log in for 12 hours", "{login}"),
        ],
        places::ALL,
    ],
    confirm: &[confirm_by(Own::Doctor)],
    check: check(Stage::Login, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    if !case.is_anonymous() {
        return clear("the client has credentials to send");
    }
    if case.is_free() {
        return clear("ECR Public needs no login");
    }
    // What keeps an entry from being used is the cause then, not the want of one.
    if case.has_reason_for_anonymity() {
        return clear("there is an entry for this registry, but it gives no credentials");
    }
    let resolved = case.subject.resolved.as_ref().map(|resolved| resolved.summary.as_str());
    let mut proof = found(
        case.own_files().next().map_or("the configuration", |file| file.path.as_str()),
        format!("has neither a login nor a credential helper for {}", case.subject.host),
    )
    .fix(case.automatic_setup("set up the credential helper for this registry; it needs no login"));
    if let Some(summary) = resolved {
        proof = proof.and(case.bundle.question.client.as_str(), summary);
    }
    if let Some((source, _)) = case.answered(401) {
        proof = proof.therefore(format!(
            "The registry answers 401 to {source}; docker says `no basic auth credentials`."
        ));
    }
    proof.outcome()
}
