//! Pods whose pull secret is there and of no use, or is not there, and the commands that they are given.

use base64::Engine as _;
use ecrpass_core::DiagnosisId;
use ecrpass_core::token::BASE64;
use serde_json::{Value, json};

use super::*;
use crate::engine::explain::explain;
use crate::finding::Fix;
use crate::inputs::pods;

const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
const NOW: i64 = 1_800_000_000;

/// A pod that waits for an image.
fn pod(image: &str, secrets: &[&str], why: &str) -> Value {
    let secrets: Vec<Value> = secrets.iter().map(|name| json!({"name": name})).collect();
    let message = format!("failed to pull image \"{image}\": failed to resolve reference \"{image}\": {why}");
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "namespace": "shop", "uid": "1",
            "ownerReferences": [{"kind": "ReplicaSet", "name": "web"}]},
        "spec": {"nodeName": "n1", "serviceAccountName": "web", "imagePullSecrets": secrets,
            "containers": [{"name": "web", "image": image}]},
        "status": {"containerStatuses": [{"name": "web", "state": {"waiting": {"reason": "ErrImagePull", "message": message}}}]}})
}

fn refused(secrets: &[&str]) -> Value {
    pod(&format!("{HOST}/team/web:1"), secrets, "authorization failed: no basic auth credentials")
}

/// A secret with logins: key, user, password.
fn secret(name: &str, logins: &[(&str, &str, &str)]) -> Value {
    let auth = |user: &str, password: &str| BASE64.encode(format!("{user}:{password}"));
    let auths: serde_json::Map<String, Value> = logins
        .iter()
        .map(|(key, user, password)| ((*key).to_owned(), json!({"auth": auth(user, password)})))
        .collect();
    let config = BASE64.encode(json!({"auths": auths}).to_string());
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "shop"},
        "type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": config}})
}

fn password(expires_at: i64) -> String {
    BASE64.encode(json!({"payload": "p", "expiration": expires_at}).to_string())
}

fn account(secrets: &[&str]) -> Value {
    let secrets: Vec<Value> = secrets.iter().map(|name| json!({"name": name})).collect();
    json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web", "namespace": "shop",
        "annotations": {"eks.amazonaws.com/ecr-role-arn": "arn:aws:iam::123456789012:role/shop-pull"}}, "imagePullSecrets": secrets})
}

fn event(reason: &str, message: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "shop"}, "reason": reason,
        "involvedObject": {"kind": "Pod", "name": "web-1", "namespace": "shop"}, "message": message})
}

fn look(items: &[Value]) -> PodReport {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string();
    let pods = pods("pod.json", &list, None).unwrap();
    examine(&pods[0], NOW, &explain)
}

/// The first cause, and the commands against it.
fn commands(report: &PodReport) -> (&str, Vec<String>) {
    let finding = report.findings.first().unwrap_or_else(|| panic!("{report:#?}"));
    (finding.id.as_str(), finding.fixes.iter().filter_map(Fix::command).collect())
}

#[test]
fn a_secret_is_only_written_again_where_nobody_loses_a_login() {
    let (over, good) = (password(NOW - 60), password(NOW + 3600));
    let other = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
    let renewed = format!(
        "kubectl create secret docker-registry regcred --namespace shop --docker-server={HOST} --docker-username=AWS --docker-password=\"$(aws ecr get-login-password --region eu-west-1)\" --dry-run=client -o yaml | kubectl apply -f -"
    );
    let with = |logins: &[(&str, &str, &str)]| look(&[refused(&["regcred"]), secret("regcred", logins)]);
    for logins in
        [&[][..], &[(other, "AWS", over.as_str())], &[(&format!("{HOST}/other"), "AWS", good.as_str())]]
    {
        let report = with(logins);
        let (id, commands) = commands(&report);
        assert_eq!((id, commands.first()), (DiagnosisId::K8sPullSecretMissing.slug(), Some(&renewed)));
        assert!(report.findings[0].explanation.contains("The secret is there"), "{report:#?}");
    }
    for logins in [[(other, "AWS", good.as_str())], [("https://index.docker.io/v1/", "u", "hunter2")]] {
        let report = with(&logins);
        let (_, commands) = commands(&report);
        assert!(
            commands[0].starts_with("kubectl create secret docker-registry ecr-eu-west-1 --namespace shop"),
            "{commands:?}"
        );
        assert!(!format!("{report:?}").contains("hunter2"));
        assert!(report.findings[0].fixes[1].summary.contains("beside regcred"), "{report:#?}");
    }
    // Where the account has it, the account is given the other one.
    let report =
        look(&[refused(&["regcred"]), account(&["regcred"]), secret("regcred", &[(other, "AWS", &good)])]);
    assert!(commands(&report).1[1].contains("kubectl patch serviceaccount web --namespace shop -p '{\"imagePullSecrets\":[{\"name\":\"ecr-eu-west-1\"}]}'"), "{report:#?}");
    // A pod that names its own is not given the account's.
    let report = look(&[
        refused(&["hub"]),
        account(&["regcred"]),
        secret("hub", &[("https://index.docker.io/v1/", "u", "p")]),
        secret("regcred", &[(HOST, "AWS", &good)]),
    ]);
    assert!(
        report.findings[0].fixes[0].summary.contains("name pull secret regcred of service account web"),
        "{report:#?}"
    );
    // An expired login beside others that are good.
    let refused = pod(&format!("{HOST}/team/web:1"), &["regcred"], "403 Forbidden");
    let hub = ("https://index.docker.io/v1/", "u", "p");
    let report = look(&[refused.clone(), secret("regcred", &[(HOST, "AWS", &over), hub])]);
    assert!(commands(&report).1[0].contains("| ecrpass fix - |"), "{report:#?}");
    let report = look(&[refused, secret("regcred", &[(HOST, "AWS", &over)])]);
    assert_eq!(commands(&report).1[0], renewed);
}

#[test]
fn a_port_is_in_the_key_and_a_type_is_not_changed() {
    let image = format!("{HOST}:443/team/web:1");
    let waits = pod(&image, &["regcred"], "authorization failed: no basic auth credentials");
    let report = look(&[waits, secret("regcred", &[(HOST, "AWS", &password(NOW + 60))])]);
    assert!(
        commands(&report).1[0]
            .contains(&format!("ecr-eu-west-1 --namespace shop --docker-server={HOST}:443 ")),
        "{report:#?}"
    );
    let mut opaque = secret("regcred", &[(HOST, "AWS", &password(NOW + 60))]);
    opaque["type"] = json!("Opaque");
    let report = look(&[refused(&["regcred"]), opaque.clone()]);
    assert!(
        commands(&report).1[0].starts_with(
            "kubectl delete secret regcred --namespace shop && kubectl create secret docker-registry regcred "
        ),
        "{report:#?}"
    );
    opaque["data"]["db-password"] = json!("aHVudGVyMg==");
    let report = look(&[refused(&["regcred"]), opaque]);
    assert!(commands(&report).1[0].contains("docker-registry ecr-eu-west-1 "), "{report:#?}");
    let mut broken = secret("regcred", &[]);
    broken["data"][".dockerconfigjson"] = json!("bm90IGpzb24=");
    let report = look(&[refused(&["regcred"]), broken]);
    assert!(commands(&report).1[0].ends_with("--dry-run=client -o yaml | kubectl apply -f -"), "{report:#?}");
    assert!(report.findings[0].explanation.contains("contents are broken"), "{report:#?}");
}

#[test]
fn a_pod_from_before_its_accounts_secret_is_made_again_and_nothing_else() {
    let good = secret("regcred", &[(HOST, "AWS", &password(NOW + 3600))]);
    let report = look(&[refused(&[]), account(&["regcred"]), good.clone()]);
    assert_eq!(commands(&report).1, ["kubectl delete pod web-1 --namespace shop"]);
    let mut alone = refused(&[]);
    alone["metadata"].as_object_mut().unwrap().remove("ownerReferences");
    let report = look(&[alone, account(&["regcred"]), good]);
    assert_eq!(
        commands(&report).1,
        ["kubectl get pod web-1 --namespace shop -o yaml | kubectl replace --force -f -"]
    );
    let over = secret("regcred", &[(HOST, "AWS", &password(NOW - 3600))]);
    let report = look(&[refused(&[]), account(&["regcred"]), over]);
    assert!(commands(&report).1[0].contains("--dry-run=client"), "{report:#?}");
}

#[test]
fn a_secret_of_another_namespace_of_the_list_is_told() {
    let mut elsewhere = secret("regcred", &[(HOST, "AWS", &password(NOW + 60))]);
    elsewhere["metadata"]["namespace"] = json!("default");
    let report = look(&[refused(&["regcred"]), elsewhere]);
    assert_eq!(report.images[0].steps[0].state, StepState::Missing);
    assert!(report.images[0].steps[0].detail.contains("but in default"), "{report:#?}");
    assert!(report.findings[0].explanation.contains("in default"), "{report:#?}");
    assert!(
        commands(&report).1[0].starts_with("kubectl create secret docker-registry regcred --namespace shop")
    );
    // Its namespace is listed, and has others.
    let report = look(&[refused(&["regcred"]), secret("another", &[])]);
    assert_eq!(report.images[0].steps[0].state, StepState::Missing);
    assert!(!report.notes.iter().any(|note| note.contains("pull secrets are not in it")), "{report:#?}");
}

#[test]
fn the_one_pull_secret_of_a_pod_is_named_in_commands() {
    let words = "denied: Your authorization token has expired. Reauthenticate and try again.";
    let report = look(&[pod(&format!("{HOST}/team/web:1"), &["regcred"], words)]);
    assert!(commands(&report).1[0].contains("docker-registry regcred --namespace shop"), "{report:#?}");
    let warning =
        "Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.";
    let report = look(&[refused(&["regcred", "b"]), event("FailedToRetrieveImagePullSecret", warning)]);
    assert!(commands(&report).1[0].contains("docker-registry regcred --namespace shop"), "{report:#?}");
}

#[test]
fn a_repository_that_is_called_like_a_secret_is_shown() {
    let image = format!("{HOST}/team/auth-token:1.2");
    let report = look(&[pod(&image, &[], &format!("{image}: not found"))]);
    assert_eq!(report.images[0].image, image);
    assert_eq!(commands(&report).0, DiagnosisId::TagNotFound.slug());
    assert!(!format!("{report:?}").contains("redacted"), "{report:#?}");
}

#[test]
fn the_kubelets_order_is_that_of_the_keys() {
    let narrow = format!("{HOST}/team");
    let items = [
        refused(&["broad", "narrow"]),
        secret("broad", &[(HOST, "AWS", &password(NOW + 60))]),
        secret(
            "narrow",
            &[(&format!("https://{narrow}"), "AWS", &password(NOW - 60)), ("h.example", "u", "p")],
        ),
    ];
    let report = look(&items);
    let steps = &report.images[0].steps;
    assert!(steps[0].source.contains("narrow") && steps[0].detail.contains(&narrow), "{steps:#?}");
    assert_eq!((steps[0].state, steps[1].state), (StepState::Expired, StepState::Login));
    assert!(report.images[0].used.contains("nothing"), "{report:#?}");
}

#[test]
fn what_ecr_never_takes_is_told_from_the_secret() {
    let waits =
        pod(&format!("{HOST}/team/web:1"), &["keys"], "unexpected status from HEAD request: 400 Bad Request");
    for (user, password, id, words) in [
        ("AKIAIOSFODNN7EXAMPLE", "hunter2", DiagnosisId::WrongLoginUsernameOrPassword, "access key"),
        ("me", "hunter2", DiagnosisId::WrongLoginUsernameOrPassword, "another than `AWS`"),
        ("AWS", "$(aws ecr get-login-password)", DiagnosisId::LoginPasswordCorrupted, "space"),
    ] {
        let report = look(&[waits.clone(), secret("keys", &[(HOST, user, password)])]);
        let (id_found, commands) = commands(&report);
        assert_eq!((id_found, report.findings.len()), (id.slug(), 1), "{report:#?}");
        assert!(report.findings[0].title.contains(words), "{report:#?}");
        assert!(
            commands[0].contains("docker-registry keys ") && commands[0].contains("--dry-run=client"),
            "{commands:?}"
        );
        assert!(!format!("{report:?}").contains("hunter2") && !format!("{report:?}").contains("IOSFODNN7"));
    }
    // Without the secret, nobody is told to fix a pipe of docker's.
    let report = look(&[waits]);
    let fixes = report.findings.iter().flat_map(|finding| &finding.fixes);
    let all: Vec<String> = fixes.map(|fix| format!("{} {:?}", fix.summary, fix.command())).collect();
    assert!(!all.iter().any(|fix| fix.contains("docker run")), "{all:#?}");
    assert!(all.iter().any(|fix| fix.contains("docker-registry keys ")), "{all:#?}");
}

#[test]
fn the_role_of_the_service_account_is_seen() {
    let node = |version: &str| {
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"},
        "spec": {"providerID": "aws:///eu-west-1a/i-0"}, "status": {"nodeInfo": {"kubeletVersion": version}}})
    };
    let third = |items: &[Value]| {
        let report = look(items);
        report.images[0].steps.iter().find(|step| step.source.contains("provider")).unwrap().detail.clone()
    };
    let role = "role arn:aws:iam::123456789012:role/shop-pull, which service account `web` names";
    let detail = third(&[refused(&[]), account(&[]), node("v1.35.0")]);
    assert!(detail.contains(role) && detail.contains("tokenAttributes"), "{detail}");
    let detail = third(&[refused(&[]), account(&[]), node("v1.32.1-eks-1")]);
    assert!(detail.contains("older than 1.34"), "{detail}");
    let denied = event(
        "CredentialProvider",
        "\"Failed to provide credentials for image\" err=\"failed to get credential from external registry credential provider: error execing credential provider plugin ecr-credential-provider: exit status 1: operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 403, api error AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity\"",
    );
    let report = look(&[refused(&[]), account(&[]), node("v1.35.0"), denied.clone()]);
    assert!(
        report.images[0].steps.iter().any(|step| step.detail.contains("the messages show")),
        "{report:#?}"
    );
    let (id, commands) = commands(&report);
    assert_eq!(
        (id, commands[0].as_str()),
        (
            DiagnosisId::AssumeRoleDenied.slug(),
            "aws iam get-role --role-name shop-pull --query Role.AssumeRolePolicyDocument"
        )
    );
    assert!(report.findings[0].explanation.contains("role/shop-pull"), "{report:#?}");
}

#[test]
fn what_an_event_says_of_tokens_and_patterns_is_read() {
    let audience = event(
        "CredentialProvider",
        "failed to get service account token: serviceaccounts \"web\" is forbidden: audience \"sts.amazonaws.com\" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience",
    );
    let report = look(&[refused(&[]), account(&[]), audience]);
    let (id, found) = commands(&report);
    assert_eq!(id, DiagnosisId::KubeletCredentialProviderMissing.slug());
    assert_eq!(found[0], "ecrpass kubelet config --service-account-tokens --print rbac | kubectl apply -f -");
    let pattern = event(
        "CredentialProviderConfig",
        "ecrpass kubelet check: /etc/kubernetes/credential-provider.yaml:12: matchImages pattern \"123456789012.dkr.ecr.eu-west-1.amazonaws.com/*\" matches no image: a path is a literal prefix",
    );
    let report = look(&[refused(&[]), pattern]);
    assert_eq!(commands(&report).0, DiagnosisId::KubeletConfigInvalid.slug());
    assert!(format!("{report:?}").contains("ecrpass kubelet check"), "{report:#?}");
}
