//! The pod's pull secret is not there: what it looks like, and what fixes it. The page for users is `k8s_pull_secret_missing.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, run};
use crate::check::{Case, CheckOutcome, Stage, clear, found_at, unknown};
use crate::facts::{PullSecret, PullSecretState, PullerKind};
use crate::finding::Severity;

/// What a pull fails for whatever secrets it has.
const FAILS_OTHERWISE: [&str; 8] = [
    "manifest unknown",
    "requested image not found",
    "does not exist in the registry with id",
    "token has expired",
    "not authorized to perform",
    "no match for platform",
    "no such host",
    "i/o timeout",
];

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::K8sPullSecretMissing,
    page: Page::new(include_str!("k8s_pull_secret_missing.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["not found in secret"]).about_ecr().weight(86),
        says(&["couldn't find secret"]).near(&["imagepullsecret"]).not_another().weight(92),
        // A warning: the kubelet pulls nevertheless, and may fail for another reason.
        says(&["unable to retrieve some image pull secrets"])
            .unless_near(&FAILS_OTHERWISE)
            .not_another()
            .weight(94),
        says(&["failedtoretrieveimagepullsecret"]).unless_near(&FAILS_OTHERWISE).not_another().weight(96),
        says(&["unable to retrieve some image pull secrets"]).not_another().weight(60),
        says(&["imagepullsecrets", "not found"]).weight(93),
        says(&["unable to retrieve pull secret"]).weight(95),
        says(&["couldn't get secret", "pull"]).weight(88),
        says(&["no basic auth credentials"])
            .not_another()
            .near(&["minikube", "kind-control-plane", "kind-worker", "k3s", "k3d", "microk8s"])
            .weight(88),
        says(&["no basic auth credentials"])
            .not_another()
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
        common::NODE_NEEDS_NO_SECRET,
    ],
    confirm: &[confirm(
        "kubectl get pods --all-namespaces -o custom-columns=NAMESPACE:.metadata.namespace,POD:.metadata.name,SECRETS:.spec.imagePullSecrets",
    )],
    check: check(Stage::Authentication, examine),
};

/// Of a secret that stands in a file it is known whether the kubelet finds a login for the image in it. If it does not,
/// it goes on to the node's own credentials.
fn examine(case: &Case<'_>) -> CheckOutcome {
    let Some(puller) = case.subject.puller.as_ref().filter(|puller| puller.kind == PullerKind::Kubelet)
    else {
        return clear("it is not pulled by a kubelet");
    };
    let is_of_use = |secret: &PullSecret| secret.state == PullSecretState::Login;
    let Some(first) = puller.pull_secrets.first() else {
        return unknown("no pull secret that is named for it is in the file");
    };
    if let Some(login) = puller.pull_secrets.iter().find(|secret| is_of_use(secret)) {
        return clear(format!("pull secret {} has a login for it", login.name));
    }
    let (name, host) = (&first.name, &case.subject.host);
    match &first.why {
        Some(why) => {
            found_at(Some(&first.at), "the pull secret", format!("the kubelet cannot read it: {why}"))
                .title(format!("The kubelet cannot read pull secret {name}"))
                .likely()
                .outcome()
        }
        None => found_at(Some(&first.at), "the pull secret", format!("it has no login for {host}"))
            .title(format!("Pull secret {name} has no login for {host}"))
            .likely()
            .warning()
            .outcome(),
    }
}
