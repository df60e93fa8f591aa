//! The pod's pull secret holds a token that has expired: what it looks like, and what fixes it. The page for users is `k8s_pull_secret_expired.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::places;
use crate::catalogue::remedy::{Own, confirm, own, run};
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
            .unless_near(&["gitlab-runner", "with policy", "with specified policies", "docker_auth_config"])
            .weight(94),
        says(&["403 forbidden"])
            .near(&["create secret docker-registry", "--docker-username", "regcred", "imagepullsecret"])
            .about_ecr()
            .unless_near(&["public.ecr.aws", "starport"])
            .weight(86),
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
            "kubectl create secret docker-registry {secret} --namespace {namespace} --docker-server={host} --docker-username=AWS --docker-password=\"$({get-password})\" --dry-run=client -o yaml | kubectl apply -f -",
        ),
        own("or set up the node's credential provider, which needs no pull secret", Own::SetupKubelet),
        places::ARGO_CD,
        places::FLUX,
        places::IMAGE_UPDATER,
        places::WATCHTOWER,
        places::GITLAB_RUNNER,
    ],
    confirm: &[confirm(
        "kubectl get secret --namespace {namespace} {secret} -o jsonpath='{.data.\\.dockerconfigjson}' | base64 -d | ecrpass fix --config - --dry-run",
    )],
    check: None,
};
