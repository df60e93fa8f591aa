//! The pod's web identity does not lead to a role: what it looks like, and what fixes it. The page for users is `irsa_web_identity_invalid.md`.

use ecrpass_core::DiagnosisId;
use ecrpass_core::time::duration;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, look};
use crate::check::{Case, CheckOutcome, Stage};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::IrsaWebIdentityInvalid,
    page: Page::new(include_str!("irsa_web_identity_invalid.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["panic: role arn is not set"]).not_another().weight(89),
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
            .not_another()
            .weight(95),
        says(&["permission denied", "serviceaccount/token"]).not_another().weight(95),
        says(&["permission denied", "eks.amazonaws.com"]).not_another().weight(92),
        says(&["no openidconnect provider found in your account"])
            .unless_near(&["could not assume role with oidc"])
            .not_another()
            .weight(95),
        says(&["invalididentitytoken"])
            .unless_near(&["could not assume role with oidc"])
            .not_another()
            .weight(94),
        says(&["webidentityerr"]).without(&["accessdenied"]).not_another().weight(93),
        says(&["unable to read file at", "serviceaccount/token"]).not_another().weight(95),
        says(&["serviceaccount/token", "no such file or directory"]).not_another().weight(95),
        says(&["failed to retrieve jwt from provider"]).not_another().weight(95),
        says(&["aws_web_identity_token_file"])
            .near(&["no such file", "not found", "error"])
            .not_another()
            .weight(85),
        says(&["unable to read web identity token"]).not_another().weight(94),
        says(&["could not read web identity"]).not_another().weight(93),
        says(&["couldn't retrieve verification key from your identity provider"]).not_another().weight(95),
        says(&["token is expired", "assumerolewithwebidentity"]).not_another().weight(95),
        says(&["expiredtokenexception", "assumerolewithwebidentity"]).not_another().weight(96),
        says(&["idprejectedclaim"]).not_another().weight(93),
        says(&["idpcommunicationerror"]).not_another().weight(92),
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
    let (CheckOutcome::Found(mut proof), Some(token)) = (outcome.clone(), &case.bundle.aws.web_identity)
    else {
        return outcome;
    };
    let at = token.file.as_str();
    if let Some(why) = &token.unreadable {
        *proof = proof.and(at, why);
    } else {
        let audience = token.audience.join(", ");
        let issuer = token.issuer.as_deref().unwrap_or("nobody");
        *proof = proof.and(at, format!("issued by {issuer} for {audience}"));
    }
    if let Some(over) = token.expires_at.filter(|at| *at <= case.bundle.collected_at) {
        let ago = duration(case.bundle.collected_at.saturating_sub(over));
        *proof = proof.and(at, format!("the token expired {ago} ago"));
    }
    CheckOutcome::Found(proof)
}
