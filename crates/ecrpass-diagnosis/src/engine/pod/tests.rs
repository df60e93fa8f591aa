//! Pods that fail in the usual ways, and what is said of them.

use base64::Engine as _;
use ecrpass_core::DiagnosisId;
use ecrpass_core::token::BASE64;
use proptest::prelude::*;

use super::*;
use crate::engine::explain::explain;
use crate::inputs::pods;

pub const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
pub const NOW: i64 = 1_800_000_000;

/// A pod that waits, with a pull secret or without, and a message.
pub fn waiting(secrets: &str, message: &str) -> String {
    let message = serde_json::to_string(message).unwrap();
    format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"web-1","namespace":"shop"}},"spec":{{"nodeName":"n1","imagePullSecrets":[{secrets}],"containers":[{{"name":"web","image":"{HOST}/team/web:1"}}]}},
"status":{{"containerStatuses":[{{"name":"web","state":{{"waiting":{{"reason":"ErrImagePull","message":{message}}}}}}}]}}}}"#
    )
}

pub fn secret(host: &str, expires_at: i64) -> String {
    let password = BASE64.encode(format!(r#"{{"payload":"p","expiration":{expires_at}}}"#));
    let auth = BASE64.encode(format!("AWS:{password}"));
    let config = BASE64.encode(format!(r#"{{"auths":{{"{host}":{{"auth":"{auth}"}}}}}}"#));
    object(
        "Secret",
        "regcred",
        &format!(r#","type":"kubernetes.io/dockerconfigjson","data":{{".dockerconfigjson":"{config}"}}"#),
    )
}

pub fn object(kind: &str, name: &str, more: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"{kind}","metadata":{{"name":"{name}","namespace":"shop"}}{more}}}"#
    )
}

pub fn list(items: &[String]) -> String {
    format!(r#"{{"apiVersion":"v1","kind":"List","items":[{}]}}"#, items.join(","))
}

pub fn look(text: &str, around: Option<&str>) -> PodReport {
    let pods = pods("pod.json", text, around).unwrap();
    examine(&pods[0], NOW, &explain)
}

pub fn first(report: &PodReport) -> Option<&str> {
    report.findings.first().map(|finding| finding.id.as_str())
}

const REGCRED: &str = r#"{"name":"regcred"}"#;

pub fn failed(why: &str) -> String {
    format!("failed to pull and unpack image \"{HOST}/team/web:1\": failed to resolve reference: {why}")
}

#[test]
fn an_expired_secret_is_the_cause_where_the_registry_refuses() {
    let pod = waiting(REGCRED, &failed("unexpected status from HEAD request: 403 Forbidden"));
    let report = look(&list(&[pod, secret(HOST, NOW - 3 * 3600)]), None);
    assert_eq!(first(&report), Some(DiagnosisId::K8sPullSecretExpired.slug()));
    assert!(report.fails);
    assert!(
        report.findings[0].title.contains("regcred") && report.findings[0].title.contains("3 h ago"),
        "{report:#?}"
    );
    assert!(
        report.findings[0]
            .fixes
            .iter()
            .any(|fix| fix.command().is_some_and(|command| command.contains("--namespace shop")))
    );
    let states: Vec<StepState> = report.images[0].steps.iter().map(|step| step.state).collect();
    assert_eq!(states, [StepState::Expired, StepState::Unknown, StepState::Unknown, StepState::Unknown]);
}

/// A token that the registry calls expired is the secret's, and nobody's on the machine of whoever reads this.
#[test]
fn a_token_that_is_over_is_the_secrets_and_told_once() {
    let why = "denied: Your authorization token has expired. Reauthenticate and try again.";
    let pod = waiting(REGCRED, &failed(&format!("403 Forbidden: {why}")));
    let report = look(&list(&[pod.clone(), secret(HOST, NOW - 3600)]), None);
    let ids: Vec<&str> = report.findings.iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!(ids, [DiagnosisId::K8sPullSecretExpired.slug()]);
    assert!(report.findings[0].evidence.len() > 1, "{:#?}", report.findings[0].evidence);
    // Where the secret is not known, nothing here is advised to be repaired either.
    for report in [report, look(&list(&[pod]), None)] {
        for fix in report.findings.iter().flat_map(|finding| &finding.fixes) {
            let command = fix.command().unwrap_or_default();
            assert!(!command.starts_with("ecrpass fix") && !command.contains("docker login"), "{command}");
        }
    }
}

#[test]
fn without_credentials_it_is_the_nodes_provider() {
    let report = look(&waiting("", &failed("no basic auth credentials")), Some("{}"));
    assert_eq!(first(&report), Some(DiagnosisId::KubeletCredentialProviderMissing.slug()));
    assert!(report.images[0].used.starts_with("nothing"), "{report:#?}");
}

#[test]
fn a_live_secret_leaves_the_cause_to_the_message() {
    let message = failed("123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web:1: not found");
    let report = look(&list(&[waiting(REGCRED, &message), secret(HOST, NOW + 3600)]), None);
    assert_eq!(report.images[0].steps[0].state, StepState::Login);
    assert!(report.images[0].used.contains("regcred"));
    assert!(!report.findings.iter().any(|finding| finding.id == DiagnosisId::K8sPullSecretExpired.slug()));
}

#[test]
fn a_secret_that_cannot_be_read_ends_the_search() {
    let bad = object(
        "Secret",
        "regcred",
        r#","type":"kubernetes.io/dockerconfigjson","data":{".dockerconfigjson":"bm90IGpzb24="}"#,
    );
    let report = look(&list(&[waiting(REGCRED, &failed("no basic auth credentials")), bad]), None);
    assert_eq!(first(&report), Some(DiagnosisId::K8sPullSecretMissing.slug()));
    let states: Vec<StepState> = report.images[0].steps.iter().map(|step| step.state).collect();
    assert_eq!(
        states,
        [StepState::Unreadable, StepState::NotAsked, StepState::NotAsked, StepState::NotAsked]
    );
}

#[test]
fn a_secret_that_is_not_there_is_told_from_one_that_was_not_given() {
    let pod = waiting(REGCRED, &failed("no basic auth credentials"));
    let unknown = look(&pod, None);
    assert_eq!(unknown.images[0].steps[0].state, StepState::Unknown);
    assert!(unknown.notes.iter().any(|note| note.contains("--kubeconfig")));
    let missing = look(&pod, Some(&list(&[object("ServiceAccount", "default", "")])));
    assert_eq!(missing.images[0].steps[0].state, StepState::Missing);
    assert!(missing.findings[0].title.contains("There is no pull secret regcred in shop"), "{missing:#?}");
    let elsewhere = secret(HOST, NOW + 60).replace("\"shop\"", "\"other\"");
    let elsewhere = look(&pod, Some(&list(&[elsewhere])));
    assert!(elsewhere.images[0].steps[0].detail.contains("in other"), "{elsewhere:#?}");
    let of_another =
        look(&list(&[pod, secret("123456789012.dkr.ecr.us-east-1.amazonaws.com", NOW + 60)]), None);
    assert!(
        of_another.findings[0].title.contains("no login for 123456789012.dkr.ecr.eu-west-1"),
        "{of_another:#?}"
    );
}

#[test]
fn an_account_that_was_given_a_secret_later_does_not_help_the_pod() {
    let account = object("ServiceAccount", "default", r#","imagePullSecrets":[{"name":"regcred"}]"#);
    let around = list(&[account, secret(HOST, NOW + 3600)]);
    let report = look(&waiting("", &failed("no basic auth credentials")), Some(&around));
    assert_eq!(first(&report), Some(DiagnosisId::K8sPullSecretMissing.slug()));
    assert!(report.findings[0].fixes[0].summary.contains("delete the pod"), "{report:#?}");
}

#[test]
fn a_pod_that_runs_is_well() {
    let running = waiting(REGCRED, "")
        .replace(r#"{"waiting":{"reason":"ErrImagePull","message":""}}"#, r#"{"running":{}}"#);
    let report = look(&list(&[running.clone(), secret(HOST, NOW + 60)]), None);
    assert!(!report.fails && report.findings.is_empty() && report.later.is_empty(), "{report:#?}");
    let over = look(&list(&[running, secret(HOST, NOW - 60)]), None);
    assert!(!over.fails && over.findings.is_empty() && over.later.len() == 1, "{over:#?}");
}

#[test]
fn what_creates_pods_is_told_who_will_pull() {
    let deployment = format!(
        r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"name":"web","namespace":"shop"}},"spec":{{"template":{{"spec":{{"serviceAccountName":"web","containers":[{{"name":"a","image":"{HOST}/a"}},{{"name":"b","image":"{HOST}/a"}}]}}}}}}}}"#
    );
    let report = look(&deployment, None);
    assert_eq!((report.images.len(), report.service_account.as_str(), report.fails), (1, "web", false));
    assert!(report.notes.iter().any(|note| note.contains("only creates pods")));
}

proptest! {
    #[test]
    fn any_pod_is_answered_with_places_inside(at in 0_usize..600, cut in 0_usize..600, text in ".{0,60}", now in any::<i64>()) {
        let whole = list(&[waiting(REGCRED, &failed("403 Forbidden")), secret(HOST, NOW)]);
        let damaged: String = whole.chars().take(at).chain(text.chars()).chain(whole.chars().skip(cut)).collect();
        for text in [&whole, &damaged] {
            let Ok(pods) = pods("pod.yaml", text, None) else { continue };
            for pod in &pods {
                for finding in examine(pod, now, &explain).findings {
                    for evidence in finding.evidence.iter().filter(|evidence| evidence.source == "pod.yaml") {
                        let line = text.split('\n').nth(evidence.line.unwrap_or(1) - 1);
                        prop_assert!(line.is_some_and(|line| evidence.column.unwrap_or(1) <= line.chars().count() + 1), "{:?}", evidence);
                    }
                }
            }
        }
    }
}
