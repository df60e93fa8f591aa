//! # The stored login has expired
//!
//! ECR's authorization tokens live for 12 hours. The client sent one that is older. The password is good for
//! nothing now; a new one has to be fetched, or a credential helper has to do that each time.
//!
//! ## Why it happens
//!
//! `docker login` stores the token under `auths` and nothing renews it. Tools that log in once at their start
//! (Jenkins, Portainer, swarm managers, long builds) run past its end.
//!
//! ## Meanwhile
//!
//! Every pull and push from this registry fails with this login, also from running services that have to pull
//! again.
//!
//! ## Afterwards
//!
//! Repeat what failed. For a swarm service, pass the new login on: `docker service update --with-registry-auth
//! <service>`.

use super::{Case, Diagnosis, Outcome, Severity, Stage, automatic, check, in_ci, run, says};
use crate::doctor::{clear, found};
use crate::time::duration;

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "token-expired",
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
                found(case.login_place(), format!("a token that expired {ago} ago"))
                    .title(format!("The login for {} expired {ago} ago", case.subject.host)),
                "name the credential helper, which always has a live token",
            )
            .outcome();
    }
    if case.is_public() {
        return clear("it is ECR Public");
    }
    // ECR says of many a token that it is invalid, and of an old one that it has expired.
    match case
        .said("token-expired")
        .filter(|proof| proof.evidence.iter().any(|seen| seen.text.contains("expired")))
    {
        Some(proof) => proof.outcome(),
        None => case.refused_as("token-expired"),
    }
}
