//! # The pod's pull secret is not there
//!
//! The pod names an `imagePullSecret` that does not exist in its namespace, or names none on a node that has no ECR
//! credentials of its own.
//!
//! ## Why it happens
//!
//! Secrets belong to one namespace; the secret was made in another, or under another name, or the service account
//! was not told.
//!
//! ## Afterwards
//!
//! Pods in ImagePullBackOff try again by themselves within five minutes; `kubectl delete pod` makes it sooner. A
//! secret added to a service account reaches new pods only.

use super::{Diagnosis, Severity, by_hand, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "k8s-pull-secret-missing",
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
            "make the secret in the pod's namespace",
            "kubectl create secret docker-registry ecr --namespace <namespace> --docker-server={host} --docker-username=AWS --docker-password=\"$(aws ecr get-login-password --region {region})\"",
        ),
        by_hand("name it in the pod's or the service account's `imagePullSecrets`; it is good for 12 hours"),
        run("or have the node do it, for good", "ecrpass setup --client kubelet {host}"),
    ],
    decide: "kubectl get pod --namespace <namespace> <pod> -o jsonpath='{.spec.imagePullSecrets}'",
    check: None,
};
