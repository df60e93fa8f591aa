//! The pod's pull secret holds a token that has expired: what it looks like, and what fixes it. The page for users is `k8s_pull_secret_expired.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{confirm, run};
use crate::catalogue::remedy_list::remedies;
use crate::catalogue::{common, places};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::K8sPullSecretExpired,
    page: Page::new(include_str!("k8s_pull_secret_expired.md")),
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
    remedies: remedies![
        &[
            run(
                "renew it",
                "kubectl create secret docker-registry {secret} --namespace {namespace} --docker-server={host} --docker-username=AWS --docker-password=\"$({get-password})\" --dry-run=client -o yaml | kubectl apply -f -",
            ),
            common::NODE_NEEDS_NO_SECRET,
        ],
        places::ALL,
    ],
    confirm: &[confirm(
        "kubectl get secret --namespace {namespace} {secret} -o jsonpath='{.data.\\.dockerconfigjson}' | base64 -d | ecrpass fix --config - --dry-run",
    )],
    check: None,
};
