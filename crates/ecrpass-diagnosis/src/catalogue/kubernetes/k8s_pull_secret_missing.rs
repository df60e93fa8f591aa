//! The pod's pull secret is not there: what it looks like, and what fixes it. The page for users is `k8s_pull_secret_missing.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{Own, by_hand, confirm, own, run};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::K8sPullSecretMissing,
    page: Page::new(include_str!("k8s_pull_secret_missing.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["not found in secret"]).about_ecr().weight(86),
        says(&["couldn't find secret"]).near(&["imagepullsecret"]).not_another().weight(92),
        says(&["unable to retrieve some image pull secrets"]).not_another().weight(94),
        says(&["failedtoretrieveimagepullsecret"]).not_another().weight(96),
        says(&["imagepullsecrets", "not found"]).weight(93),
        says(&["unable to retrieve pull secret"]).weight(95),
        says(&["couldn't get secret", "pull"]).weight(88),
        says(&["no basic auth credentials"])
            .without(&["@other-host"])
            .near(&["minikube", "kind-control-plane", "k3s", "k3d", "microk8s"])
            .weight(88),
        says(&["no basic auth credentials"])
            .without(&["@other-host"])
            .near(&["kubelet", "failed to pull image", "errimagepull"])
            .weight(66),
        says(&["401 unauthorized"]).near(&["kubelet", "errimagepull"]).about_ecr().weight(56),
    ],
    remedies: &[
        run(
            "create the secret in the pod's namespace",
            "kubectl create secret docker-registry {secret} --namespace {namespace} --docker-server={host} --docker-username=AWS --docker-password=\"$({get-password})\"",
        ),
        by_hand("name it in the pod's or the service account's `imagePullSecrets`; it is good for 12 hours"),
        own("or set up the node's credential provider, which needs no pull secret", Own::SetupKubelet),
    ],
    confirm: &[confirm(
        "kubectl get pods --all-namespaces -o custom-columns=NAMESPACE:.metadata.namespace,POD:.metadata.name,SECRETS:.spec.imagePullSecrets",
    )],
    check: None,
};
