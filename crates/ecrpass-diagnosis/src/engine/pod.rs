//! Why a pod does not pull: who pulls its images, in the order in which the kubelet tries, and what came of it.
//!
//! Source: Kubernetes `pkg/kubelet/kuberuntime/kuberuntime_image.go` and `pkg/credentialprovider/keyring.go`: pull secrets,
//! the node's own file, credential providers; nobody at all only where none of them has anything for the image.

mod cause;
mod details;
mod image_report;
mod known;
mod order;
mod provider;
mod said;
mod secret_fixes;

use serde::Serialize;

pub use self::image_report::ImageReport;
pub use self::order::{PullStep, StepState};
use crate::finding::{Finding, Severity};
use crate::inputs::{Container, PodSeen};
use ecrpass_core::redact::redact_image;
use ecrpass_core::time::EpochSeconds;

/// What there is to say of a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PodReport {
    /// `Pod/web-1`.
    pub object: String,
    /// Its namespace, if that is known.
    pub namespace: Option<String>,
    /// Its node, once it has one.
    pub node: Option<String>,
    /// Its service account.
    pub service_account: String,
    /// Its images, each once.
    pub images: Vec<ImageReport>,
    /// Whether something keeps an image from being pulled.
    pub fails: bool,
    /// Why, best first.
    #[serde(skip)]
    pub findings: Vec<Finding>,
    /// What was not known, and would have helped.
    pub notes: Vec<String>,
}

/// The reasons of containers that wait for their image. Source: Kubernetes `pkg/kubelet/images/types.go`.
const PULL_REASONS: [&str; 7] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "ErrImageNeverPull",
    "InvalidImageName",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
];

/// Looks at a pod. `explain` finds the causes in what was said.
pub fn examine(pod: &PodSeen, now: EpochSeconds, explain: &dyn Fn(&str, &str) -> Vec<Finding>) -> PodReport {
    let said = said::of(pod, explain);
    let waits = |container: &Container| {
        container.waits.as_deref().is_some_and(|reason| PULL_REASONS.contains(&reason))
    };
    let fails = pod.containers.iter().any(waits) || said.tells_of_a_pull && !all_pulled(pod);
    let mut images: Vec<ImageReport> = Vec::new();
    for container in &pod.containers {
        let image = redact_image(&container.image.image()).into_owned();
        let waits = container.waits.clone();
        match images.iter_mut().find(|known| known.image == image) {
            Some(known) => known.waits = known.waits.take().or(waits),
            None => {
                let steps = order::steps(pod, container, now, &said.text);
                let used = order::used(&steps, container, &said.text, fails);
                images.push(ImageReport {
                    image,
                    container: container.name.clone(),
                    waits,
                    on_ecr: container.image.registry.is_some(),
                    steps,
                    used,
                });
            }
        }
    }
    let findings = known::fill_in(cause::findings(pod, &images, said, fails, now), pod, &images);
    let account = pod.pod.service_account.clone().unwrap_or_else(|| "default".to_owned());
    PodReport {
        object: pod.pod.object.clone(),
        namespace: pod.pod.namespace.clone(),
        node: pod.pod.node.clone(),
        service_account: account,
        notes: notes(pod, fails, &findings),
        images,
        fails: fails || findings.iter().any(|finding| finding.severity == Severity::Error),
        findings,
    }
}

fn all_pulled(pod: &PodSeen) -> bool {
    !pod.containers.is_empty() && pod.containers.iter().all(|container| container.pulled)
}

/// What is not known, and how to get it.
fn notes(pod: &PodSeen, fails: bool, findings: &[Finding]) -> Vec<String> {
    let mut notes = Vec::new();
    if pod.is_partly_read {
        notes.push(
            "the image of one of its containers cannot be read: nothing is said of that one".to_owned(),
        );
    }
    if pod.is_template && findings.is_empty() {
        notes.push(format!(
            "{} only creates pods: what the kubelet says is in those, and in their events",
            pod.pod.object
        ));
    }
    if fails && findings.is_empty() {
        notes.push(
            "the kubelet's reason is in none of this: events are kept for an hour; delete the pod, and look at the new one"
                .to_owned(),
        );
    }
    let is_unknown =
        |name: &&String| !pod.lacks(name) && !pod.pod.secrets.iter().any(|secret| secret.name == **name);
    let unknown = pod.pod.pull_secrets.iter().any(|name| is_unknown(&name));
    if !pod.asked && (unknown || pod.pod.pull_secrets.is_empty() && pod.account_secrets.is_none()) {
        notes.push(
            "service account and pull secrets are not in it: --kubeconfig FILE asks the cluster for them"
                .to_owned(),
        );
    }
    notes
}

#[cfg(test)]
mod secret_tests;
#[cfg(test)]
mod tests;
