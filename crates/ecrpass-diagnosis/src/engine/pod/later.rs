//! What keeps nothing from running now, and the next pull from working: secrets of a pod that has its images.

use super::image_report::ImageReport;
use super::order::StepState;
use crate::finding::safe;
use crate::inputs::PodSeen;

/// What is wrong with the pull secrets of a pod whose images were pulled, each once.
pub fn of(pod: &PodSeen, images: &[ImageReport]) -> Vec<String> {
    let namespace = pod.pod.namespace.as_deref().unwrap_or("the pod's namespace");
    let mut found: Vec<String> = Vec::new();
    for step in images.iter().filter(|image| image.on_ecr).flat_map(|image| &image.steps) {
        let Some(name) = step.secret() else { continue };
        let text = match step.state {
            StepState::Expired => format!(
                "pull secret {name} in {namespace}: {}; what runs is not affected, the next pull may be{}",
                step.detail,
                renewal(pod, name)
            ),
            StepState::Unreadable => format!(
                "pull secret {name} in {namespace}: {}; what runs is not affected, the next pull is",
                step.detail
            ),
            StepState::Missing => lost(name, namespace),
            _ => continue,
        };
        if !found.contains(&text) {
            found.push(text);
        }
    }
    for name in named_as_lost(pod) {
        let text = lost(name, namespace);
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

fn lost(name: &str, namespace: &str) -> String {
    format!(
        "there is no pull secret {name} in {namespace}; the images are there without it: create it, or take its name out of imagePullSecrets"
    )
}

fn renewal(pod: &PodSeen, name: &str) -> String {
    match (safe(name), pod.pod.namespace.as_deref().and_then(safe)) {
        (Some(name), Some(namespace)) => format!(
            "; `kubectl get secret {name} --namespace {namespace} -o yaml | ecrpass fix - | kubectl apply -f -` renews it"
        ),
        _ => String::new(),
    }
}

/// The pull secrets that the kubelet says it did not find: it names them in brackets.
fn named_as_lost(pod: &PodSeen) -> Vec<&str> {
    let is_known = |name: &&String| pod.pod.secrets.iter().any(|secret| secret.name == **name);
    let names = |name: &&String| {
        pod.lost_secrets.iter().any(|message| {
            let list = message.text.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
            // Where the list cannot be read, each that is not in what was given.
            list.is_none_or(|(list, _)| list.split(", ").any(|lost| lost == **name))
        })
    };
    pod.pod.pull_secrets.iter().filter(|name| !is_known(name) && names(name)).map(String::as_str).collect()
}
