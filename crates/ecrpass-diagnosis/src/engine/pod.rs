//! Why a pod does not pull: who pulls its images, in the order in which the kubelet tries, and what came of it.
//!
//! Source: Kubernetes `pkg/kubelet/kuberuntime/kuberuntime_image.go` and `pkg/credentialprovider/keyring.go`: pull secrets,
//! the node's own file, credential providers; nobody at all only where none of them has anything for the image.

mod cause;
mod consistent;
mod details;
mod image_report;
mod known;
mod later;
mod order;
mod provider;
mod public;
mod reason;
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
    /// What keeps nothing from running now, and the next pull from working.
    pub later: Vec<String>,
}

/// Looks at a pod. `explain` finds the causes in what was said.
pub fn examine(pod: &PodSeen, now: EpochSeconds, explain: &dyn Fn(&str, &str) -> Vec<Finding>) -> PodReport {
    let waits = pod.containers.iter().any(Container::waits_for_image);
    let fails = waits || !pod.messages.is_empty() && !all_pulled(pod);
    let said = said::of(pod, explain);
    let mut images: Vec<ImageReport> = Vec::new();
    for container in &pod.containers {
        let image = redact_image(&container.image.image()).into_owned();
        let waits = container.waits.clone();
        match images.iter_mut().find(|known| known.image == image) {
            Some(known) => known.waits = known.waits.take().or(waits),
            None => {
                let steps = order::steps(pod, container, now, &said.text);
                let used = order::used(&steps, pod, container, &said.text, fails);
                images.push(ImageReport {
                    image,
                    container: container.name.clone(),
                    waits,
                    on_ecr: container.image.registry.is_some(),
                    steps,
                    used,
                    said: None,
                    reason: None,
                });
            }
        }
    }
    let findings = known::fill_in(cause::findings(pod, &images, said, fails, now), pod, &images);
    if fails {
        give_reasons(pod, &mut images, &findings);
    }
    let stops_new_ones = pod.is_template && !findings.is_empty();
    let account = pod.pod.service_account.clone().unwrap_or_else(|| "default".to_owned());
    PodReport {
        object: pod.pod.object.clone(),
        namespace: pod.pod.namespace.clone(),
        node: pod.pod.node.clone(),
        service_account: account,
        notes: notes(pod, &findings),
        later: if fails || pod.is_template { Vec::new() } else { later::of(pod, &images) },
        images,
        fails: fails || stops_new_ones || findings.iter().any(|finding| finding.severity == Severity::Error),
        findings,
    }
}

/// The findings of several pods, each once, with the worst severity it has: many pods fail for one reason.
pub fn together(reports: &mut [PodReport]) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    for report in reports {
        for finding in std::mem::take(&mut report.findings) {
            let is_same = |known: &&mut Finding| known.id == finding.id && known.title == finding.title;
            match all.iter_mut().find(is_same) {
                Some(known) => {
                    known.evidence.extend(finding.evidence);
                    known.severity = known.severity.min(finding.severity);
                }
                None => all.push(finding),
            }
        }
    }
    all
}

fn all_pulled(pod: &PodSeen) -> bool {
    !pod.containers.is_empty() && pod.containers.iter().all(|container| container.pulled)
}

/// Says of every image that is not pulled what the kubelet says of it, and why, where that is no finding.
fn give_reasons(pod: &PodSeen, images: &mut [ImageReport], findings: &[Finding]) {
    for container in pod.containers.iter().filter(|container| !container.pulled) {
        let name = redact_image(&container.image.image()).into_owned();
        let Some(image) = images.iter_mut().find(|image| image.image == name) else { continue };
        let said = reason::said(pod, container);
        if !container.waits_for_image() && said.is_none() {
            continue;
        }
        image.said = image.said.take().or_else(|| said.map(str::to_owned));
        image.reason = image.reason.take().or_else(|| reason::of(pod, container, said, !findings.is_empty()));
    }
}

/// What is not known, and how to get it.
fn notes(pod: &PodSeen, findings: &[Finding]) -> Vec<String> {
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
mod kinds;
#[cfg(test)]
mod secret_tests;
#[cfg(test)]
mod tests;
