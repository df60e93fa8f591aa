//! The login is for another region: what it looks like, and what fixes it. The page for users is `wrong_registry_region.md`.

use ecrpass_core::{DiagnosisId, Registry};

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{Own, confirm_by, own, run};
use crate::check::{Case, CheckOutcome, Stage, clear, found, unknown};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::WrongRegistryRegion,
    page: Page::new(include_str!("wrong_registry_region.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["400 (bad request)"]).near(&["@region-mismatch"]).weight(96),
        // The words of oras-go: ORAS and Helm.
        says(&["400: bad request"]).near(&["@region-mismatch"]).weight(96),
        says(&["failed to validate the credentials", "400: bad request"]).about_ecr().weight(75),
        says(&["400 (bad request)"]).about_ecr().weight(74),
        says(&["401"]).near(&["@region-mismatch"]).about_ecr().weight(91),
        says(&["400 bad request", "@region-mismatch"]).weight(97),
        says(&["400 bad request"]).near(&["@region-mismatch"]).weight(96),
        says(&["no basic auth credentials"]).not_another().near(&["@region-mismatch"]).weight(92),
        says(&["login attempt to", "400 bad request"]).about_ecr().weight(76),
        says(&["failed with status"])
            .near(&["400 bad request"])
            .also_near(&["login attempt to"])
            .about_ecr()
            .weight(75),
        says(&["400 bad request"])
            .near(&["docker login", "helm registry login", "podman login", "error logging in"])
            .about_ecr()
            .weight(70),
        says(&["your authorization token is invalid"]).unless_near(&["public.ecr.aws"]).weight(78),
        says(&["your authorization token is invalid"]).weight(66),
    ],
    remedies: &[
        run("use the region of the host", "{login}"),
        own("or use the credential helper, which takes the region from the host", Own::Setup),
    ],
    confirm: &[confirm_by(Own::Resolve)],
    check: check(Stage::Authentication, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    match case.refused_login(400).filter(|_| !case.is_public()) {
        // Source: ECR answers 400, and no challenge, to tokens it cannot read: another region's, or altered ones.
        Some((source, answer)) if case.live_offer().is_some_and(|offered| offered.ecr_password) => {
            let said = format!(
                "400 {}: the token is intact and has not expired, but it is from another region",
                answer.message
            );
            let proof = found(source, said)
                .title(format!("The token is from another region than {}", case.subject.host));
            let proof = match issued_elsewhere(case) {
                Some(endpoint) => proof.and("GetAuthorizationToken", format!("the token is for {endpoint}")),
                None => proof.likely(),
            };
            let setup = "use the credential helper, which takes the region from the host";
            case.with_setup(proof, setup).outcome()
        }
        _ => match case.refused() {
            CheckOutcome::Found(proof) => CheckOutcome::Found(proof),
            _ if case.is_authenticated() => clear("the registry takes the token"),
            _ => unknown(case.not_reached()),
        },
    }
}

/// The registry that the token was issued for, where that is one of another region.
fn issued_elsewhere(case: &Case<'_>) -> Option<String> {
    // Of a login that stands somewhere, the token that was asked for here says nothing.
    if case.subject.resolved.is_some() && !case.is_elsewhere() {
        return None;
    }
    let endpoint = case.subject.token.known()?.answer.as_ref()?.proxy_endpoint.as_deref()?;
    let issued = Registry::parse(endpoint).ok()?;
    (issued.region() != case.registry.as_ref()?.region()).then(|| issued.host().to_owned())
}
