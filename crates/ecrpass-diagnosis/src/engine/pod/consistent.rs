//! What a message means, seen beside what is known of the pod: no finding contradicts the list of who pulls.

use ecrpass_core::DiagnosisId;

use super::image_report::ImageReport;
use super::order::{PullStep, StepState};
use super::public::{PUBLIC, without_public};
use crate::catalogue;
use crate::finding::{Confidence, Finding, Fix};
use crate::inputs::PodSeen;

/// What messages mean, without what the steps rule out.
pub fn with_the_steps(pod: &PodSeen, images: &[ImageReport], heard: Vec<Finding>) -> Vec<Finding> {
    let whose = whose_login(pod, images);
    let has = |id: DiagnosisId| heard.iter().any(|finding| finding.id == id.slug());
    let (is_of_sandbox, is_token) =
        (has(DiagnosisId::SandboxImageUnauthenticated), has(DiagnosisId::TokenExpired));
    let mut kept: Vec<Finding> = Vec::new();
    for finding in heard {
        let is = |id: DiagnosisId| finding.id == id.slug();
        let finding = if is(DiagnosisId::K8sPullSecretExpired) && whose != Whose::Open {
            if is_token || finding.confidence == Confidence::Possible {
                continue;
            }
            token_expired(&whose, finding)
        } else if is(DiagnosisId::TokenExpired) && whose != Whose::Open {
            token_expired(&whose, finding)
        } else if is(DiagnosisId::PublicEcrStaleToken) {
            match live_at_public(images) {
                Some(step) => private_token(step, finding),
                None => finding,
            }
        } else if is_of_sandbox && of_pods_login(&finding) && is_of_sandbox_alone(&finding) {
            // containerd asks no provider for it.
            continue;
        } else {
            finding
        };
        if !kept.iter().any(|known| known.id == finding.id) {
            kept.push(finding);
        }
    }
    kept
}

/// Whose login a registry may have been sent.
#[derive(PartialEq, Eq)]
enum Whose {
    /// A pull secret's, or it is not known.
    Open,
    /// The node's: the pod names no pull secret.
    Nodes,
    /// That of a pull secret which has another one now.
    Renewed(String),
}

fn whose_login(pod: &PodSeen, images: &[ImageReport]) -> Whose {
    let of_ecr = || images.iter().filter(|image| image.on_ecr);
    let secrets = || of_ecr().flat_map(|image| &image.steps).filter(|step| step.secret().is_some());
    if secrets().next().is_none() {
        let is_known = !pod.is_template || pod.account_secrets.is_some();
        return if is_known && of_ecr().next().is_some() { Whose::Nodes } else { Whose::Open };
    }
    if secrets().any(|step| matches!(step.state, StepState::Unknown | StepState::Expired)) {
        return Whose::Open;
    }
    match secrets().find(|step| step.is_live_token()) {
        Some(step) => Whose::Renewed(format!("{}: {}", step.source, step.detail)),
        None => Whose::Open,
    }
}

/// An expired token that is none of a pull secret's: no login on this machine, and no secret, is to be renewed.
fn token_expired(whose: &Whose, said: Finding) -> Finding {
    let entry = catalogue::find(DiagnosisId::TokenExpired);
    let (title, explanation, fixes) = match whose {
        Whose::Renewed(secret) => (
            "The login that was refused had expired; the pull secret has been renewed since",
            format!("{secret}. The kubelet tries again within five minutes, with the login that is there now. If it is refused as well, the node's clock may be wrong."),
            vec![Fix::by_hand("wait for the next try, or delete the pod")],
        ),
        _ => (
            "The node sent a login that has expired",
            "The pod names no pull secret, so this login is the node's: one that somebody put into its docker configuration, or one of its credential provider's that was kept for too long. A wrong clock on the node looks the same.".to_owned(),
            vec![
                Fix::by_hand("on the node, take the registry out of /var/lib/kubelet/config.json and /root/.docker/config.json"),
                Fix::by_hand("correct the node's clock, if it is wrong"),
                Fix::by_hand("restart the kubelet: it forgets what its credential provider gave it"),
            ],
        ),
    };
    let details = said.details.unwrap_or_default();
    let mut finding =
        entry.found_in_words(title.to_owned(), explanation, said.confidence, said.evidence, details, fixes);
    finding.alternatives = said.alternatives;
    finding.alternatives.retain(|other| other != DiagnosisId::K8sPullSecretExpired.slug());
    finding
}

/// A pull secret with a login for ECR Public that has not expired.
fn live_at_public(images: &[ImageReport]) -> Option<&PullStep> {
    let public = images.iter().filter(|image| image.host() == PUBLIC);
    public.flat_map(|image| &image.steps).find(|step| step.is_live_token())
}

/// ECR Public refuses a login that has not expired: it is one of another kind, most likely.
fn private_token(step: &PullStep, said: Finding) -> Finding {
    let entry = catalogue::find(DiagnosisId::PrivateTokenAtPublicEcr);
    let name = step.secret().unwrap_or_default();
    let mut finding = entry.found(
        Confidence::Likely,
        said.evidence,
        said.details.unwrap_or_default(),
        vec![
            without_public(name),
            Fix::by_hand(
                "or put a password of `aws ecr-public get-login-password --region us-east-1` into it",
            ),
        ],
    );
    finding.consequences.push(format!("{}: {}; so it is not that it is over.", step.source, step.detail));
    finding
}

/// Whether it is about the login that a pod's own images are pulled with.
fn of_pods_login(finding: &Finding) -> bool {
    [DiagnosisId::KubeletCredentialProviderMissing, DiagnosisId::NotLoggedIn]
        .iter()
        .any(|id| finding.id == id.slug())
}

/// Whether all that it was seen in is about the sandbox image.
fn is_of_sandbox_alone(finding: &Finding) -> bool {
    finding
        .evidence
        .iter()
        .all(|evidence| evidence.text.contains("sandbox") || evidence.text.contains("pause:"))
}
