//! The stored login has expired: what it looks like, and what fixes it. The page for users is `token_expired.md`.

use ecrpass_core::DiagnosisId;
use ecrpass_core::time::duration;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::places;
use crate::catalogue::remedy::{Own, automatic, confirm_by, in_ci, own, run};
use crate::catalogue::remedy_list::remedies;
use crate::check::{Case, CheckOutcome, Stage, clear};
use crate::finding::{Ci, Severity};

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::TokenExpired,
    page: Page::new(include_str!("token_expired.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["authorization token has expired"]).weight(92),
        says(&["authorization token is expired"]).weight(92),
        says(&["your authorization token is invalid"]).weight(64),
        // A HEAD request has no body to say why.
        says(&["403 forbidden"])
            .near(&["days ago", "hours ago", "last week", "yesterday", "12 hours", "12h"])
            .about_ecr()
            .unless_near(&["public.ecr.aws", "blobs/uploads", "starport"])
            .weight(85),
        // Programs that keep a login which somebody gave them once.
        says(&["rpc error", "helm registry login", "403"]).about_ecr().weight(80),
        says(&["manifests/", "403 forbidden"])
            .near(&[
                "argocd",
                "argo-cd",
                "helm pull",
                "helmrepository",
                "ocirepository",
                "helmchart",
                "imagerepository",
                "kargo",
            ])
            .about_ecr()
            .unless_near(&["public.ecr.aws", "starport"])
            .weight(81),
        says(&["head request", "403 forbidden"])
            .about_ecr()
            .unless_near(&["public.ecr.aws", "starport"])
            .weight(54),
    ],
    remedies: remedies![
        &[
            in_ci(
                Ci::Github,
                "log in again just before the step that failed",
                "- uses: aws-actions/amazon-ecr-login@v2",
            )
            .private(),
            in_ci(
                Ci::Github,
                "log in again just before the step that failed; in us-east-1",
                "- { uses: aws-actions/amazon-ecr-login@v2, with: { registry-type: public } }",
            )
            .public(),
            in_ci(Ci::Jenkins, "log in in the step that pushes, not once on the agent", "sh '{login}'"),
            own("set up the credential helper, which always has a valid token", Own::Setup),
            automatic("remove the expired login"),
            run("or log in for another 12 hours", "{login}"),
        ],
        places::ALL,
    ],
    confirm: &[confirm_by(Own::Status)],
    check: check(Stage::Login, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    if let Some(offered) = case.subject.offered.known()
        && let Some(over) = offered.expires_at.filter(|at| *at <= case.bundle.collected_at)
        && !case.is_public()
    {
        let ago = duration(case.bundle.collected_at.saturating_sub(over));
        return case
            .with_setup(
                case.found_in_login(format!("a token that expired {ago} ago"))
                    .title(format!("The login for {} expired {ago} ago", case.subject.host)),
                "set up the credential helper, which always has a valid token",
            )
            .outcome();
    }
    if case.is_public() {
        return clear("it is ECR Public");
    }
    match case.said_expired() {
        Some(proof) => proof.outcome(),
        None => case.refused(),
    }
}
