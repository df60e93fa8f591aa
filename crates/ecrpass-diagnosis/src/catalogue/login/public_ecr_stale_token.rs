//! An expired login spoils a pull from ECR Public: what it looks like, and what fixes it. The page for users is `public_ecr_stale_token.md`.

use ecrpass_clients::client::Client;
use ecrpass_core::{CommandLine, DiagnosisId};

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{Own, automatic, confirm_by, own, run};
use crate::check::{Case, CheckOutcome, Stage, clear, found};
use crate::finding::Severity;

/// What shows that somebody pushes, which takes a login: that one has expired is no surplus then.
const PUSHES: [&str; 4] = ["docker push", "push refers to", "failed to push", "pushing image"];

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::PublicEcrStaleToken,
    page: Page::new(include_str!("public_ecr_stale_token.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["403"])
            .near(&["public.ecr.aws"])
            .unless_near(&["dkr.ecr", "starport"])
            .without(&["public.ecr.aws.invalid"])
            .about_ecr()
            .weight(72),
        says(&["public.ecr.aws", "403 forbidden"]).weight(93),
        says(&["public.ecr.aws", "authorization token has expired"]).unless_near(&PUSHES).weight(97),
        says(&["authorization token has expired"])
            .near(&["public.ecr.aws"])
            .unless_near(&["dkr.ecr", "docker push", "push refers to", "failed to push", "pushing image"])
            .weight(95),
        says(&["403 forbidden"]).near(&["public.ecr.aws"]).unless_near(&["dkr.ecr"]).about_ecr().weight(90),
        says(&["pull access denied for public.ecr.aws"]).weight(80),
        says(&["could not find public.ecr.aws", "failed to pull"]).weight(80),
        says(&["public.ecr.aws", "denied"]).without(&["not authorized to perform"]).weight(76),
        says(&["public.ecr.aws", "400 bad request"]).weight(76),
    ],
    remedies: &[
        run("log out; the pull needs no login", "{logout}").at_ecr_public(),
        automatic("remove the expired login from the configuration"),
        own("or use the credential helper for ECR Public too", Own::Setup).at_ecr_public(),
    ],
    confirm: &[confirm_by(Own::Resolve).at_ecr_public()],
    check: check(Stage::Login, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    if !case.is_public() {
        return clear("it is a private registry");
    }
    let logout = case.client().and_then(Client::logout).unwrap_or("docker logout");
    let refused = [400, 401, 403].into_iter().find_map(|status| case.refused_login(status));
    match (case.has_expired(), refused) {
        (true, _) => case
            .found_in_login("an expired login for ECR Public")
            .run("log out: public images need no login", CommandLine::shell(logout).word(&case.subject.host))
            .outcome(),
        (false, Some((source, answer))) if case.live_offer().is_some() => {
            found(source, &answer.message).outcome()
        }
        _ => clear("the login is good, or there is none"),
    }
}
