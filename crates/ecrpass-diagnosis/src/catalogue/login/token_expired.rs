//! The stored login has expired: what it looks like, and what fixes it. The page for users is `token_expired.md`.

use ecrpass_core::DiagnosisId;
use ecrpass_core::time::duration;

use crate::catalogue::entry::{Diagnosis, Page, automatic, check, in_ci, run, says};
use crate::check::{Case, Outcome, Stage, clear};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::TokenExpired,
    page: Page::new(include_str!("token_expired.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["authorization token has expired"]).weight(92),
        says(&["authorization token is expired"]).weight(92),
        says(&["your authorization token is invalid"]).weight(76),
    ],
    remedies: &[
        in_ci("github", "log in again before the late step", "- uses: aws-actions/amazon-ecr-login@v2"),
        in_ci(
            "jenkins",
            "log in in the step that pushes, not once on the agent",
            "sh 'aws ecr get-login-password --region {region} | docker login --username AWS --password-stdin {host}'",
        ),
        run("name the credential helper, which always has a live token", "ecrpass setup {host}"),
        automatic("remove the expired login"),
        run(
            "or log in for another 12 hours",
            "aws ecr get-login-password --region {region} | docker login --username AWS --password-stdin {host}",
        ),
    ],
    decide: "ecrpass status",
    check: check(Stage::Login, examine),
};

fn examine(case: &Case<'_>) -> Outcome {
    if let Some(offered) = case.subject.offered.known()
        && let Some(over) = offered.expires_at.filter(|at| *at <= case.bundle.collected_at)
        && !case.is_public()
    {
        let ago = duration(case.bundle.collected_at.saturating_sub(over));
        return case
            .with_setup(
                case.found_in_login(format!("a token that expired {ago} ago"))
                    .title(format!("The login for {} expired {ago} ago", case.subject.host)),
                "name the credential helper, which always has a live token",
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
