//! The pod's web identity does not lead to a role: what it looks like, and what fixes it. The page for users is `irsa_web_identity_invalid.md`.

use ecrpass_core::DiagnosisId;
use ecrpass_core::time::{EpochSeconds, duration};

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, look};
use crate::check::{Case, CheckOutcome, Stage, found, unknown};
use crate::facts::WebIdentity;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::IrsaWebIdentityInvalid,
    page: Page::new(include_str!("irsa_web_identity_invalid.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["panic: role arn is not set"]).shared().weight(89),
        says(&["401 unauthorized"])
            .near(&[
                "kyverno",
                "image-reflector",
                "imagerepository",
                "argocd",
                "external-secrets",
                "flux",
                "failed to fetch image reference",
            ])
            .about_ecr()
            .weight(66),
        says(&["assumerolewithwebidentity", "accessdenied"])
            .near(&["serviceaccount", "eks.amazonaws.com", "irsa", "oidc.eks"])
            .shared()
            .weight(95),
        says(&["permission denied", "serviceaccount/token"]).shared().weight(95),
        says(&["permission denied", "eks.amazonaws.com"]).shared().weight(92),
        says(&["no openidconnect provider found in your account"])
            .without(common::PIPELINE_ISSUERS)
            .unless_near(&["could not assume role with oidc"])
            .shared()
            .weight(95),
        says(&["invalididentitytoken"])
            .without(common::PIPELINE_ISSUERS)
            .unless_near(&["could not assume role with oidc"])
            .shared()
            .weight(94),
        says(&["webidentityerr"]).without(&["accessdenied"]).shared().weight(93),
        says(&["unable to read file at", "serviceaccount/token"]).shared().weight(95),
        says(&["serviceaccount/token", "no such file or directory"]).shared().weight(95),
        says(&["failed to retrieve jwt from provider"]).shared().weight(95),
        says(&["aws_web_identity_token_file"])
            .near(&["no such file", "not found", "error"])
            .shared()
            .weight(85),
        says(&["unable to read web identity token"]).shared().weight(94),
        says(&["could not read web identity"]).shared().weight(93),
        says(&["couldn't retrieve verification key from your identity provider"]).shared().weight(95),
        says(&["token is expired", "assumerolewithwebidentity"]).shared().weight(95),
        says(&["expiredtokenexception", "assumerolewithwebidentity"]).shared().weight(96),
        says(&["idprejectedclaim"]).shared().weight(93),
        says(&["idpcommunicationerror"]).shared().weight(92),
    ],
    remedies: &[
        look(
            "see what the pod has set",
            "kubectl exec --namespace {namespace} {pod} -- env | grep -E '^AWS_(ROLE_ARN|WEB_IDENTITY_TOKEN_FILE|REGION)='",
        ),
        look("check whether the OIDC provider is registered", "aws iam list-open-id-connect-providers"),
        by_hand(
            "register the cluster's OIDC provider, annotate the service account with the role, and restart the pods",
        ),
    ],
    confirm: &[confirm(
        "kubectl get serviceaccounts --all-namespaces -o yaml | grep eks.amazonaws.com/role-arn",
    )],
    check: check(Stage::Credentials, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    let outcome = case.refused();
    let Some(token) = &case.bundle.aws.web_identity else { return outcome };
    let seen = what_is_seen(token, case.bundle.collected_at);
    match outcome {
        CheckOutcome::Found(mut proof) => {
            for text in seen.into_iter().map(|(text, _)| text) {
                *proof = proof.and(token.file.as_str(), text);
            }
            CheckOutcome::Found(proof)
        }
        // Nobody was asked: the file alone may show that it is no good.
        CheckOutcome::Unknown(why) => match seen.iter().find(|(_, is_fault)| *is_fault) {
            Some((fault, _)) => found(token.file.as_str(), fault).outcome(),
            None => unknown(why),
        },
        other @ CheckOutcome::Clear(_) => other,
    }
}

/// What is seen of a token file, each with whether AWS refuses such a one.
fn what_is_seen(token: &WebIdentity, now: EpochSeconds) -> Vec<(String, bool)> {
    if let Some(why) = &token.unreadable {
        return vec![(why.clone(), true)];
    }
    let audience = token.audience.join(", ");
    let issuer = token.issuer.as_deref().unwrap_or("nobody");
    let subject = token.subject.as_deref().unwrap_or("nobody");
    let mut seen = vec![(format!("issued by {issuer} for {audience}, about {subject}"), false)];
    if let Some(over) = token.expires_at.filter(|at| *at <= now) {
        seen.push((format!("the token expired {} ago", duration(now.saturating_sub(over))), true));
    }
    seen
}
