//! The pod's pull secret holds a token that has expired: what it looks like, and what fixes it. The page for users is `k8s_pull_secret_expired.md`.

use ecrpass_core::DiagnosisId;
use ecrpass_core::time::duration;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::run;
use crate::catalogue::remedy_list::remedies;
use crate::catalogue::{common, places};
use crate::check::{Case, CheckOutcome, Stage, clear, found_at, unknown};
use crate::facts::{PullSecret, PullSecretState, PullerKind};
use crate::finding::{Evidence, Severity};

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
    remedies: remedies![
        &[
            run(
                "renew it",
                "kubectl create secret docker-registry {secret} --namespace {namespace} --docker-server={host} --docker-username=AWS --docker-password=\"$({get-password})\" --dry-run=client -o yaml | kubectl apply -f -",
            ),
            run(
                "or renew it where it is, and keep what else is in it",
                "kubectl get secret {secret} --namespace {namespace} -o yaml | ecrpass fix - | kubectl apply -f -",
            ),
            common::NODE_NEEDS_NO_SECRET,
        ],
        places::ALL,
    ],
    confirm: &[common::READ_PULL_SECRET],
    check: check(Stage::Authentication, examine),
};

/// Only a secret that stands in a file can be looked at; the kubelet tries all that are named, and then the node's own
/// credentials.
fn examine(case: &Case<'_>) -> CheckOutcome {
    let Some(puller) = case.subject.puller.as_ref().filter(|puller| puller.kind == PullerKind::Kubelet)
    else {
        return clear("it is not pulled by a kubelet");
    };
    let now = case.bundle.collected_at;
    let logins: Vec<&PullSecret> =
        puller.pull_secrets.iter().filter(|secret| secret.state == PullSecretState::Login).collect();
    let is_expired = |secret: &PullSecret| secret.expires_at.is_some_and(|at| at <= now);
    if let Some(live) = logins.iter().find(|secret| !is_expired(secret)) {
        return match live.expires_at {
            Some(at) => clear(format!(
                "the login in pull secret {} is valid for another {}",
                live.name,
                duration(at - now)
            )),
            None => clear(format!("pull secret {} has a login that does not expire by itself", live.name)),
        };
    }
    let mut expired = logins.into_iter().filter_map(|secret| Some((secret, secret.expires_at?)));
    let Some((first, at)) = expired.next() else {
        return unknown("no pull secret that is named for it is in the file");
    };
    let text = |at: i64| format!("this login expired {} ago", duration(now.saturating_sub(at)));
    let mut proof = found_at(Some(&first.at), "the pull secret", text(at)).title(format!(
        "The login in pull secret {} expired {} ago",
        first.name,
        duration(now.saturating_sub(at))
    ));
    for (other, at) in expired {
        proof.evidence.push(Evidence::at(&other.at, text(at)));
    }
    proof.outcome()
}
