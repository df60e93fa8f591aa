//! Pods that wait for an image of ECR's, by kube-state-metrics.
//!
//! Only the present reason of a container has a series, and it flips between two at every try, so the reason is
//! aggregated away before anything is said about how long it lasts. Source: kube-state-metrics `docs/metrics/workload/
//! pod-metrics.md`; Kubernetes `pkg/kubelet/images/types.go`.

use ecrpass_core::DiagnosisId as D;

use crate::alarms::family::Family;
use crate::alarms::signal::{Signal, Urgency};
use crate::alarms::watch::{PrometheusRule, Watch};

/// The reasons for which a container waits for its image.
const REASONS: &str = "ErrImagePull|ImagePullBackOff|InvalidImageName|RegistryUnavailable|ImageInspectError|SignatureValidationFailed";

/// What images of ECR begin with: accounts' registries in every partition, FIPS and dual-stack too, and the public one.
const ECR: &str = "[0-9]{12}[.]dkr[.-]ecr.+|public[.]ecr[.]aws/.+|ecr-public[.]aws[.]com/.+";

/// How long a pod may wait, in seconds: a pull that fails is tried again within a minute, four times.
const PATIENCE: u32 = 300;

/// From how many pods of a node on it is the node that cannot pull.
const PODS_OF_A_NODE: u32 = 3;

/// Containers that wait, init containers among them, without the reason.
fn waiting(by: &str) -> String {
    format!(
        "max by ({by}) (\n    kube_pod_container_status_waiting_reason{{reason=~\"{REASONS}\"}}\n  or\n    kube_pod_init_container_status_waiting_reason{{reason=~\"{REASONS}\"}}\n) > 0"
    )
}

/// Of those, the ones with an image of ECR. `image_spec` is what the manifest says; older versions have only `image`.
fn of_ecr(on: &str) -> String {
    let one = |metric: &str| {
        format!("{metric}{{image_spec=~\"{ECR}\"}}\n  or\n    {metric}{{image_spec=\"\", image=~\"{ECR}\"}}")
    };
    format!(
        "and on ({on}) (\n    {}\n  or\n    {}\n)",
        one("kube_pod_container_info"),
        one("kube_pod_init_container_info")
    )
}

/// The signals.
pub fn signals() -> Vec<Signal> {
    let container =
        format!("{}\n{}", waiting("namespace, pod, container"), of_ecr("namespace, pod, container"));
    let pods = format!("{}\n{}", waiting("namespace, pod"), of_ecr("namespace, pod"));
    let node = format!(
        "count by (node) (\n  ({})\n  * on (namespace, pod) group_left (node)\n  max by (namespace, pod, node) (kube_pod_info{{node!=\"\"}})\n) >= {PODS_OF_A_NODE}",
        pods.replace('\n', "\n  ")
    );
    let signal = |name: &str, others, summary: &str, meaning, expression, about| Signal {
        name: name.to_owned(),
        family: Family::Pods,
        cause: D::KubeletCredentialProviderMissing,
        others,
        urgency: Urgency::Critical,
        summary: summary.to_owned(),
        meaning,
        watch: Watch::Prometheus(PrometheusRule {
            expression,
            held: PATIENCE,
            kept: PATIENCE,
            about,
            cause: None,
        }),
    };
    vec![
        signal(
            "EcrPodCannotPull",
            &[D::IamMissingPullAction, D::K8sPullSecretExpired, D::TagNotFound],
            "A pod does not get its image from ECR",
            "It has waited for five minutes. The kubelet's message says why: kubectl describe pod … | ecrpass explain.",
            container,
            "Container {{ $labels.container }} of {{ $labels.namespace }}/{{ $labels.pod }}: kubectl -n {{ $labels.namespace }} get pod {{ $labels.pod }} -o json | ecrpass explain pod",
        ),
        signal(
            "EcrNodeCannotPull",
            &[D::IamMissingGetAuthorizationToken, D::ImdsUnreachableOrHopLimit, D::NetworkTimeoutEcrApi],
            "A node gets no images from ECR",
            "Several of its pods wait for theirs: it is the node's role, provider or network, not one image.",
            node,
            "Node {{ $labels.node }}.",
        ),
    ]
}
