//! Reasons of a pull that fails which are no matter of ECR or of a login, what is said of an image, and what to do where
//! nothing is.

use crate::finding::safe;
use crate::inputs::{Container, PodMessage, PodSeen};

/// Words of a cause, in lower case, and what they mean. Source: Kubernetes `pkg/kubelet/images/image_manager.go`,
/// `pkg/kubelet/images/puller.go`; containerd `core/content/helpers.go`; CRI-O `server/image_pull.go`.
const PLAIN: [(&str, &str); 7] = [
    ("no space left on device", "the node's disk is full; this is no login problem: free or enlarge it"),
    ("disk quota exceeded", "the node's disk quota is used up; this is no login problem: free or enlarge it"),
    (
        "pull qps exceeded",
        "the kubelet's own limit, registryPullQPS and registryBurst in its configuration; this is no login problem, and it tries again by itself",
    ),
    (
        "signaturevalidationfailed",
        "the image's signature does not satisfy the policy of the node's runtime; this is no login problem: sign the image, or correct the policy (/etc/containers/policy.json)",
    ),
    (
        "source image rejected",
        "the policy of the node's runtime rejects the image; this is no login problem: sign the image, or correct the policy (/etc/containers/policy.json)",
    ),
    (
        "unexpected commit digest",
        "what arrived is not what the registry has: a proxy or mirror on the way changed it, or cut it off; this is no login problem: pull again, and past the proxy",
    ),
    (
        "is not present with pull policy of never",
        "imagePullPolicy is Never, so nothing is pulled; this is no login problem: put the image on the node, or set IfNotPresent",
    ),
];

/// What a cause means that is no matter of ECR or of a login.
pub fn plain(cause: &str) -> Option<&'static str> {
    let cause = cause.to_ascii_lowercase();
    PLAIN.iter().find(|(words, _)| cause.contains(words)).map(|(_, reason)| *reason)
}

/// The cause that is given for an image now: by its container's state, or else by the newest event.
pub fn said<'p>(pod: &'p PodSeen, container: &Container) -> Option<&'p str> {
    let of = |message: &&PodMessage| message.container.as_deref() == Some(container.name.as_str());
    // What the states say comes first.
    let state = pod.messages.iter().find(of).filter(|_| container.waits_for_image());
    let newest = |messages: &mut dyn Iterator<Item = &'p PodMessage>| {
        messages.filter_map(|message| message.cause.as_deref()).last()
    };
    state
        .and_then(|message| message.cause.as_deref())
        .or_else(|| newest(&mut pod.messages.iter().filter(of)))
        .or_else(|| newest(&mut pod.messages.iter().filter(|message| message.container.is_none())))
}

/// Why an image is not pulled, where no root cause is known for that.
pub fn of(pod: &PodSeen, container: &Container, said: Option<&str>, is_explained: bool) -> Option<String> {
    if container.waits.as_deref() == Some("ErrImageNeverPull") && container.is_on_node {
        return Some("imagePullPolicy is Never, and the image is on the node: since 1.35 the kubelet gives an image that was pulled with credentials only to pods that have them; give this pod the same pull secret, or set IfNotPresent".to_owned());
    }
    if let Some(reason) = said.and_then(plain) {
        return Some(reason.to_owned());
    }
    if is_explained {
        return None;
    }
    Some(match said {
        _ if container.image.registry.is_none() && !container.image.host.is_empty() => not_ecrs(container, said),
        Some(_) => "no root cause of ECR's or of a login is known for these words".to_owned(),
        None if pod.asked => "the kubelet's reason is not known: its events are kept for an hour; delete the pod, and look at the one that takes its place".to_owned(),
        None => format!("the kubelet's reason is not in what was given: {}", how_to_ask(pod)),
    })
}

fn not_ecrs(container: &Container, said: Option<&str>) -> String {
    let host = &container.image.host;
    let whose = if host == "docker.io" {
        "the image is Docker Hub's, as every name without a registry, not ECR's"
    } else {
        "the image is not on ECR"
    };
    match said {
        Some(_) => format!("{whose}: these are the words of {host}, or of the node about it"),
        None => whose.to_owned(),
    }
}

fn how_to_ask(pod: &PodSeen) -> String {
    match pod.pod.namespace.as_deref().and_then(safe) {
        Some(namespace) => format!(
            "its events have it: `kubectl get pods,events --namespace {namespace} -o json | ecrpass explain pod`, or --kubeconfig FILE"
        ),
        None => {
            "its events have it: `kubectl get pods,events -o json | ecrpass explain pod`, or --kubeconfig FILE"
                .to_owned()
        }
    }
}
