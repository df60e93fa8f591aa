//! # The pod's pull secret holds a token that has expired
//!
//! A pull secret made from an ECR password is good for 12 hours. Whatever was to renew it has not done so.
//!
//! ## Why it happens
//!
//! The secret was made once by hand, or the CronJob or controller that renews it fails.
//!
//! ## Meanwhile
//!
//! Running containers go on; new ones, restarts on other nodes and rollouts fail.
//!
//! ## Afterwards
//!
//! Pods in ImagePullBackOff try again by themselves within five minutes; `kubectl delete pod` makes it sooner.

use super::{Diagnosis, Severity, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "k8s-pull-secret-expired",
    severity: Severity::Error,
    signatures: &[
        says(&["authorization token has expired"])
            .near(&["tags/list", "imagerepository", "argocd", "flux", "cronjob", "secret"])
            .weight(82),
        says(&["authorization token has expired"]).weight(58),
        says(&["authorization token has expired"])
            .near(&[
                "kubelet",
                "failed to pull image",
                "errimagepull",
                "imagepullbackoff",
                "failed to pull and unpack",
                "pull secret",
                "imagepullsecret",
            ])
            .weight(94),
        says(&["repository does not exist or may require 'docker login'"])
            .without(&["is not authorized", "no basic auth"])
            .near(&["minikube", "kubelet"])
            .about_ecr()
            .weight(68),
        says(&["403 forbidden"])
            .near(&["failed to pull image", "errimagepull", "kubelet"])
            .about_ecr()
            .unless_near(&["public.ecr.aws", "starport"])
            .weight(58),
    ],
    remedies: &[
        run(
            "renew it",
            "kubectl create secret docker-registry <secret> --namespace <namespace> --docker-server={host} --docker-username=AWS --docker-password=\"$(aws ecr get-login-password --region {region})\" --dry-run=client -o yaml | kubectl apply -f -",
        ),
        run("or have the node do it, for good", "ecrpass setup --client kubelet {host}"),
    ],
    decide: "kubectl get secret --namespace <namespace> <secret> -o jsonpath='{.data.\\.dockerconfigjson}' | base64 -d | ecrpass fix --config - --dry-run",
    check: None,
};
