//! Kinds of pods that are easily misread: what is over, what a program says of itself, what is no login's matter, and
//! what the list of who pulls rules out.

use ecrpass_core::DiagnosisId as Id;

use super::tests::{HOST, NOW, failed, first, list, look, object, secret, waiting};
use super::*;

const IMAGE: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web:1";

/// A pod whose only container is in a state, and has its image or not.
fn in_state(state: &str, image_id: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"web-1","namespace":"shop","uid":"u1"}},"spec":{{"nodeName":"n1","containers":[{{"name":"web","image":"{IMAGE}"}}]}},
"status":{{"containerStatuses":[{{"name":"web","imageID":"{image_id}",{state}}}]}}}}"#
    )
}

fn event(reason: &str, message: &str, at: &str) -> String {
    let message = serde_json::to_string(message).unwrap();
    format!(
        r#"{{"apiVersion":"v1","kind":"Event","metadata":{{"name":"e","namespace":"shop"}},"involvedObject":{{"kind":"Pod","name":"web-1","namespace":"shop","uid":"u1","fieldPath":"spec.containers{{web}}"}},"reason":"{reason}","message":{message},"lastTimestamp":"2026-02-11T{at}Z"}}"#
    )
}

fn ids(report: &PodReport) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.id.as_str()).collect()
}

const RUNNING: &str = r#""state":{"running":{"startedAt":"2026-02-11T09:30:00Z"}}"#;
const LOOPS: &str = r#""state":{"waiting":{"reason":"CrashLoopBackOff","message":"back-off 5m0s"}},"lastState":{"terminated":{"exitCode":1,"startedAt":"2026-02-11T09:30:00Z"}}"#;
const DONE: &str =
    r#""state":{"terminated":{"exitCode":0,"reason":"Completed","startedAt":"2026-02-11T09:30:00Z"}}"#;
const BEGINS: &str = r#""state":{"waiting":{"reason":"PodInitializing"}}"#;

#[test]
fn a_failure_that_is_over_is_none() {
    let pull = |why: &str| format!("Failed to pull image \"{IMAGE}\": {}", failed(why));
    for why in ["503 Service Unavailable", "no basic auth credentials", "dial tcp 10.0.0.1:443: i/o timeout"]
    {
        for (state, image_id) in [(RUNNING, "sha256:0"), (LOOPS, "sha256:0"), (DONE, ""), (BEGINS, "")] {
            let events = [
                event("Failed", &pull(why), "09:15:00"),
                event("Pulled", &format!("Successfully pulled image \"{IMAGE}\""), "09:29:00"),
            ];
            let items = [vec![in_state(state, image_id)], events.to_vec()].concat();
            let report = look(&list(&items), None);
            assert!(!report.fails && report.findings.is_empty(), "{why}: {report:#?}");
        }
        // One that comes afterwards counts, and so does what the state says.
        let again = [
            in_state(BEGINS, ""),
            event("Pulled", "Successfully pulled", "09:10:00"),
            event("Failed", &pull(why), "09:15:00"),
        ];
        assert!(look(&list(&again), None).fails, "{why}");
    }
    let waits = r#""state":{"waiting":{"reason":"ImagePullBackOff","message":"Back-off pulling image"}}"#;
    assert!(look(&in_state(waits, "sha256:0"), None).fails);
}

#[test]
fn what_the_state_says_now_beats_an_older_event() {
    let now = failed("123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web:1: not found");
    let waits = format!(
        r#""state":{{"waiting":{{"reason":"ErrImagePull","message":{}}}}}"#,
        serde_json::to_string(&now).unwrap()
    );
    let old = format!("Failed to pull image \"{IMAGE}\": {}", failed("no basic auth credentials"));
    let report = look(&list(&[in_state(&waits, ""), event("Failed", &old, "09:15:00")]), None);
    assert_eq!(ids(&report), [Id::TagNotFound.slug(), Id::RepositoryNotFound.slug()]);
    // Nor does a pod of the same name that is gone.
    let gone = event("Failed", &old, "09:15:00").replace("\"u1\"", "\"u0\"");
    let report = look(&list(&[in_state(BEGINS, ""), gone]), None);
    assert!(!report.fails && report.findings.is_empty(), "{report:#?}");
}

#[test]
fn a_programs_own_words_are_no_pull() {
    let words = format!(
        "denied: Your authorization token has expired. Reauthenticate and try again. (pushing to {HOST}/out)"
    );
    let missing =
        format!("copying {HOST}/a/b:1: reading manifest 1: manifest unknown: Requested image not found");
    for words in [&words, &missing] {
        let ended = format!(
            r#"{{"terminated":{{"exitCode":1,"reason":"Error","message":"{words}","startedAt":"2026-02-11T09:30:00Z"}}}}"#
        );
        for state in [
            format!("\"state\":{ended}"),
            format!("{RUNNING},\"lastState\":{ended}"),
            format!(
                r#""state":{{"waiting":{{"reason":"CrashLoopBackOff","message":"x"}}}},"lastState":{ended}"#
            ),
        ] {
            let report = look(&in_state(&state, "sha256:0"), None);
            assert!(!report.fails && report.findings.is_empty(), "{state}: {report:#?}");
        }
    }
    let creating = r#""state":{"waiting":{"reason":"ContainerCreating"}}"#;
    for (reason, message) in [
        (
            "Unhealthy",
            "Liveness probe failed: Get \"https://10.0.4.4:8443/\": x509: certificate signed by unknown authority",
        ),
        (
            "FailedMount",
            "MountVolume.SetUp failed: WebIdentityErr: InvalidIdentityToken: No OpenIDConnect provider found",
        ),
        (
            "PolicyViolation",
            "image registry must be 111122223333.dkr.ecr.eu-west-1.amazonaws.com; access denied",
        ),
        ("FailedCreatePodSandBox", "Failed to create pod sandbox: context deadline exceeded"),
    ] {
        for state in [in_state(RUNNING, "sha256:0"), in_state(creating, "")] {
            let report = look(&list(&[state, event(reason, message, "09:31:00")]), None);
            assert!(!report.fails && report.findings.is_empty(), "{reason}: {report:#?}");
        }
    }
}

#[test]
fn a_reason_that_is_given_is_read() {
    for (why, reason) in [
        ("failed to extract layer sha256:0: write /usr/lib/x.so: no space left on device", "disk is full"),
        ("pull QPS exceeded", "registryPullQPS"),
        ("SignatureValidationFailed: image pull failed because the signature validation failed", "signature"),
        (
            "failed commit on ref \"layer\": unexpected commit digest sha256:0, expected sha256:1: failed precondition",
            "proxy or mirror",
        ),
        ("something that nobody has ever read", "no root cause"),
    ] {
        let message = format!("Back-off pulling image \"{IMAGE}\": ErrImagePull: {why}");
        let report = look(&waiting("", &message), None);
        assert!(report.fails && report.findings.is_empty(), "{why}: {report:#?}");
        let image = &report.images[0];
        assert_eq!(image.said.as_deref(), Some(why));
        assert!(image.reason.as_ref().is_some_and(|told| told.contains(reason)), "{why}: {image:?}");
    }
    for (why, id) in [
        (
            "choosing image instance: no image found in manifest list for architecture \"arm64\", variant \"v8\", OS \"linux\"",
            Id::PlatformMismatch,
        ),
        (
            "Error choosing image instance: no image found in manifest list for architecture arm64, variant \"v8\", OS linux",
            Id::PlatformMismatch,
        ),
        (
            "unexpected media type text/html for sha256:594e519ae499312b29433b7dd8a97ff068defcba9755b6d5d00e84c524d67b06: not found",
            Id::ProxyMisconfigured,
        ),
        (
            "RegistryUnavailable: image pull failed because the registry is unavailable",
            Id::NetworkTimeoutRegistry,
        ),
        (
            "failed to do request: Head \"https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/v2/team/web/manifests/1\": EOF",
            Id::AwsServiceTransient,
        ),
        (
            "unable to parse secret: invalid character 'h' looking for beginning of value",
            Id::K8sPullSecretMissing,
        ),
    ] {
        let message = format!("Back-off pulling image \"{IMAGE}\": ErrImagePull: {why}");
        let report = look(&waiting(r#"{"name":"regcred"}"#, &message), None);
        assert_eq!(first(&report), Some(id.slug()), "{why}: {report:#?}");
    }
}

#[test]
fn a_registry_that_is_not_ecr_and_a_policy_are_told_as_that() {
    let pod = |image: &str, why: &str| {
        waiting("", &format!("Back-off pulling image \"{image}\": ErrImagePull: {why}")).replace(IMAGE, image)
    };
    let limit =
        "429 Too Many Requests\ntoomanyrequests: You have reached your unauthenticated pull rate limit";
    for (image, why, reason) in [
        ("redis:7", limit, "Docker Hub's"),
        ("ghcr.io/acme/api:1", "failed to authorize: 401 Unauthorized", "not on ECR"),
    ] {
        let report = look(&pod(image, why), None);
        assert!(report.fails && report.findings.is_empty(), "{report:#?}");
        assert_eq!(report.images[0].said.as_deref(), Some(why));
        assert!(report.images[0].reason.as_ref().is_some_and(|told| told.contains(reason)), "{report:#?}");
    }
    let never = in_state(
        r#""state":{"waiting":{"reason":"ErrImageNeverPull","message":"Container image is not present with pull policy of Never"}}"#,
        "",
    );
    let reason = |report: &PodReport| report.images[0].reason.clone().unwrap_or_default();
    assert!(reason(&look(&never, None)).contains("imagePullPolicy is Never, so nothing is pulled"));
    let node = format!(
        r#"{{"apiVersion":"v1","kind":"Node","metadata":{{"name":"n1"}},"status":{{"images":[{{"names":["{IMAGE}"]}}]}}}}"#
    );
    assert!(reason(&look(&list(&[never, node]), None)).contains("the image is on the node"));
}

#[test]
fn where_no_cause_is_given_what_is_known_leads_and_else_it_is_asked_for() {
    let bare = waiting(r#"{"name":"regcred"}"#, &format!("Back-off pulling image \"{IMAGE}\""));
    let alone = look(&bare, None);
    assert!(alone.fails && alone.findings.is_empty(), "{alone:#?}");
    let reason = alone.images[0].reason.clone().unwrap_or_default();
    assert!(reason.contains("kubectl get pods,events --namespace shop"), "{reason}");
    let over = look(&list(&[bare, secret(HOST, NOW - 3600)]), None);
    assert_eq!(ids(&over), [Id::K8sPullSecretExpired.slug()]);
    assert_eq!(over.findings[0].severity, Severity::Error);
    let bad = object(
        "Secret",
        "regcred",
        r#","type":"kubernetes.io/dockerconfigjson","data":{".dockerconfigjson":"bm90IGpzb24="}"#,
    );
    let why = "unable to parse secret: invalid character 'o' in literal null";
    let report = look(&list(&[waiting(r#"{"name":"regcred"}"#, why), bad]), None);
    assert_eq!(ids(&report), [Id::K8sPullSecretMissing.slug()]);
}

#[test]
fn no_finding_contradicts_the_list_of_who_pulls() {
    let over = failed("denied: Your authorization token has expired. Reauthenticate and try again.");
    let regcred = r#"{"name":"regcred"}"#;
    let nodes = look(&waiting("", &over), None);
    assert_eq!(ids(&nodes), [Id::TokenExpired.slug()]);
    assert!(nodes.findings[0].title.contains("node"), "{nodes:#?}");
    let renewed = look(&list(&[waiting(regcred, &over), secret(HOST, NOW + 3600)]), None);
    assert_eq!(ids(&renewed), [Id::TokenExpired.slug()]);
    assert!(renewed.findings[0].title.contains("renewed since"), "{renewed:#?}");
    // Whose secret is not known may be it.
    let open = look(&waiting(regcred, &over), None);
    assert!(ids(&open).contains(&Id::K8sPullSecretExpired.slug()), "{open:#?}");

    let public = |expires_at: i64| {
        let pod = waiting(
            regcred,
            "unexpected status from HEAD request to https://public.ecr.aws/v2/a/b/manifests/1: 403 Forbidden",
        );
        look(&list(&[pod.replace(IMAGE, "public.ecr.aws/a/b:1"), secret("public.ecr.aws", expires_at)]), None)
    };
    let live = public(NOW + 3600);
    assert_eq!(first(&live), Some(Id::PrivateTokenAtPublicEcr.slug()), "{live:#?}");
    assert!(!ids(&live).contains(&Id::PublicEcrStaleToken.slug()));
    for report in [live, public(NOW - 60)] {
        assert!(
            report.findings[0].fixes[0].summary.contains("take public.ecr.aws out of pull secret regcred")
        );
    }

    let sandbox = "Failed to create pod sandbox: failed to get sandbox image \"602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/pause:3.5\": failed to pull image: failed with status code [manifests 3.5]: 401 Unauthorized";
    let creating = in_state(r#""state":{"waiting":{"reason":"ContainerCreating"}}"#, "");
    let report = look(&list(&[creating, event("FailedCreatePodSandBox", sandbox, "09:31:00")]), None);
    assert_eq!(ids(&report), [Id::SandboxImageUnauthenticated.slug()]);
}

#[test]
fn what_only_the_next_pull_fails_for_is_told_and_no_failure() {
    let running = in_state(RUNNING, "sha256:0").replace(
        "\"containers\":",
        r#""imagePullSecrets":[{"name":"legacy"},{"name":"regcred"}],"containers":"#,
    );
    let lost =
        "Unable to retrieve some image pull secrets (legacy); attempting to pull the image may not succeed.";
    let lost = event("FailedToRetrieveImagePullSecret", lost, "09:31:00");
    let report = look(&list(&[running.clone(), lost, secret(HOST, NOW + 3600)]), None);
    assert!(!report.fails && report.findings.is_empty(), "{report:#?}");
    assert!(
        report.later.len() == 1 && report.later[0].contains("no pull secret legacy in shop"),
        "{report:#?}"
    );
    let report = look(&list(&[running, secret(HOST, NOW - 3600)]), None);
    assert!(!report.fails && report.findings.is_empty(), "{report:#?}");
    assert!(report.later[0].contains("regcred") && report.later[0].contains("ecrpass fix -"), "{report:#?}");
    assert!(!report.images[0].used.contains("refused"), "{report:#?}");
}

#[test]
fn the_worst_of_several_pods_counts_and_each_cause_once() {
    let refused = failed("unexpected status from HEAD request: 403 Forbidden");
    let deployment = format!(
        r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"name":"web","namespace":"shop"}},"spec":{{"template":{{"spec":{{"imagePullSecrets":[{{"name":"regcred"}}],"containers":[{{"name":"a","image":"{IMAGE}"}}]}}}}}}}}"#
    );
    let text = list(&[deployment, waiting(r#"{"name":"regcred"}"#, &refused), secret(HOST, NOW - 3600)]);
    let explain = crate::engine::explain::explain;
    let pods = crate::inputs::pods("pod.json", &text, None).unwrap();
    let mut reports: Vec<PodReport> = pods.iter().map(|pod| examine(pod, NOW, &explain)).collect();
    assert!(reports.iter().all(|report| report.fails), "{reports:#?}");
    assert!(!reports[0].images[0].used.contains("refused"), "{reports:#?}");
    let all = together(&mut reports);
    assert_eq!((all.len(), all[0].severity), (1, Severity::Error), "{all:#?}");
    // doctor reads the same file: the bare back-off adds nothing.
    let (found, _) = crate::examination::explain_pods("pod.json", &text, None, NOW);
    let found: Vec<&str> = found.iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!(found, [Id::K8sPullSecretExpired.slug()]);
}
