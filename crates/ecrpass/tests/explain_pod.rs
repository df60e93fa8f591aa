//! `ecrpass explain pod` as a process: from what kubectl prints, and from a cluster.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;

use std::fs;

use common::{HOST, Home, expired_login, login_expiring_in, text};
use serde_json::{Value, json};

fn pod(message: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "namespace": "shop", "uid": "1"},
        "spec": {"nodeName": "n1", "imagePullSecrets": [{"name": "regcred"}], "serviceAccountName": "web",
            "containers": [{"name": "web", "image": format!("{HOST}/team/web:1")}]},
        "status": {"containerStatuses": [{"name": "web", "state": {"waiting": {"reason": "ImagePullBackOff",
            "message": format!("Back-off pulling image \"{HOST}/team/web:1\": ErrImagePull: failed to pull image \"{HOST}/team/web:1\": {message}")}}}]}})
}

fn secret(login: &str) -> Value {
    let auths = json!({"auths": {HOST: {"auth": login}}}).to_string();
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "regcred", "namespace": "shop"},
        "type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": auths}})
}

fn list(items: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

#[test]
fn a_pod_on_standard_input_is_told_who_pulls_and_why_not() {
    let home = Home::bare();
    let input = list(&[pod("unexpected status from HEAD request: 403 Forbidden"), secret(&expired_login())]);
    let (code, stdout, stderr) = text(&home.run_with_input(&["explain", "pod"], &input));
    assert_eq!(code, Some(1), "{stderr}");
    for part in [
        "Pod/web-1 in namespace shop on node n1, service account web",
        "(container web, ImagePullBackOff)",
        "1. pull secret `regcred`: its login expired ",
        "2. the node's docker configuration",
        "3. the node's credential provider",
        "4. nobody",
        "[k8s-pull-secret-expired]",
        "--namespace shop",
    ] {
        assert!(stdout.contains(part), "lacks {part}: {stdout}");
    }
    assert!(!(stdout + &stderr).contains(&expired_login()[..40]));
    // A file, for programs.
    home.write("pod.json", &input, 0o600);
    let output = home.run(&["explain", "pod", "pod.json", "--format", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&json["schema"], &json["findings"][0]["id"]),
        (&json!("ecrpass/pod/1"), &json!("k8s-pull-secret-expired"))
    );
    assert_eq!(json["pods"][0]["images"][0]["steps"][0]["state"], "expired");
    // Logs are explained as before.
    assert_eq!(home.run_with_input(&["explain"], "nothing").status.code(), Some(0));
}

#[test]
fn a_pod_that_pulls_is_well() {
    let home = Home::bare();
    let mut running = pod("");
    running["status"]["containerStatuses"][0]["state"] = json!({"running": {}});
    let input = list(&[running, secret(&login_expiring_in(3600))]);
    let (code, stdout, _) = text(&home.run_with_input(&["explain", "pod", "-"], &input));
    assert!(code == Some(0) && stdout.contains("Nothing keeps these images"), "{stdout}");
}

#[test]
fn what_keeps_no_image_from_being_pulled_is_no_failure() {
    let home = Home::bare();
    let mut running = pod("");
    running["status"]["containerStatuses"][0] = json!({"name": "web", "imageID": "x@sha256:0", "state": {"running": {}},
        "lastState": {"terminated": {"exitCode": 1, "message": "push: denied: Your authorization token has expired."}}});
    let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "shop"}, "reason": "Failed",
        "involvedObject": {"kind": "Pod", "name": "web-1", "namespace": "shop", "fieldPath": "spec.containers{web}"},
        "message": format!("Failed to pull image \"{HOST}/team/web:1\": 503 Service Unavailable")});
    let input = list(&[running.clone(), running, event, secret(&expired_login())]);
    let (code, stdout, stderr) = text(&home.run_with_input(&["explain", "pod", "--all"], &input));
    assert!(code == Some(0) && stdout.contains("Nothing keeps these images"), "{stdout}{stderr}");
    assert!(stderr.contains("note: pull secret regcred in shop: its login expired"), "{stderr}");
    assert!(stderr.contains("ecrpass fix -") && stderr.contains("(2 pods)"), "{stderr}");
    let (code, stdout, _) = text(&home.run_with_input(&["explain", "pod"], &list(&[])));
    assert!(code == Some(0) && stdout.contains("there is no pod in it"), "{stdout}");
}

#[test]
fn a_reason_that_is_no_login_is_quoted_in_full() {
    let home = Home::bare();
    let why = "failed to extract layer sha256:0: write /var/lib/x.so: no space left on device";
    let (code, stdout, _) = text(&home.run_with_input(&["explain", "pod"], &pod(why).to_string()));
    assert_eq!(code, Some(1), "{stdout}");
    for part in [why, "Why: the node's disk is full; this is no login problem"] {
        assert!(stdout.contains(part), "lacks {part}: {stdout}");
    }
    assert!(!stdout.contains("push the image"), "{stdout}");
    // doctor reads the same, and the bare words of a back-off add nothing.
    home.write("pod.json", &pod("no basic auth credentials").to_string(), 0o600);
    let output = home.run(&["doctor", "pod.json", "--offline", "--format", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ids: Vec<&str> =
        json["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap()).collect();
    assert_eq!(ids.first(), Some(&"kubelet-credential-provider-missing"), "{ids:?}");
    assert!(!ids.contains(&"tag-not-found"), "{ids:?}");
}

#[test]
fn a_cluster_is_asked_for_what_is_around_a_pod() {
    let home = Home::bare();
    home.write("pod.out", &pod("no basic auth credentials").to_string(), 0o600);
    home.write("secret.out", &secret(&expired_login()).to_string(), 0o600);
    let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "shop"}, "reason": "Failed",
        "involvedObject": {"kind": "Pod", "name": "web-1", "namespace": "shop"}, "message": "Error: ErrImagePull"});
    home.write("events.out", &list(&[event]), 0o600);
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"},
        "spec": {"providerID": "aws:///eu-west-1a/i-0"}, "status": {"nodeInfo": {"kubeletVersion": "v1.34.2-eks-1"}}});
    home.write("node.out", &node.to_string(), 0o600);
    home.script(
        "kubectl",
        "#!/bin/sh\necho \"$@\" >> \"$HOME/asked\"\nif [ -f \"$HOME/$4.out\" ]; then /bin/cat \"$HOME/$4.out\"; fi\n",
    );
    home.write("kubeconfig", "", 0o600);
    let ask =
        |name: &str| text(&home.run(&["explain", "pod", name, "-n", "shop", "--kubeconfig", "kubeconfig"]));
    let (code, stdout, stderr) = ask("web-1");
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert!(stdout.contains("its login expired") && stdout.contains("kubelet v1.34.2-eks-1"), "{stdout}");
    let asked = fs::read_to_string(home.path("asked")).unwrap();
    for part in [
        "get pod --ignore-not-found --output=json --namespace shop -- web-1",
        "get secret --ignore-not-found --output=json --namespace shop -- regcred",
        "get events --ignore-not-found --output=json --namespace shop --field-selector=involvedObject.name=web-1",
        "get node --ignore-not-found --output=json -- n1",
    ] {
        assert!(asked.contains(part), "lacks {part}: {asked}");
    }
    let (code, _, stderr) = ask("deployment/none");
    assert!(code == Some(3) && stderr.contains("there is no deployment `none`"), "{stderr}");
    assert_eq!(ask("x;y/z").0, Some(3));
    assert_eq!(text(&home.run(&["explain", "pod", "web-1"])).0, Some(3));
}

#[test]
fn what_is_no_pod_or_cannot_be_read_as_one_is_not_called_well() {
    let home = Home::bare();
    let records = json!({"Records": [{"eventName": "BatchGetImage"}]}).to_string();
    for input in [
        r#"{"kind":"Pod","spec":{"containers":"x"}}"#,
        r#"{"kind":"Pod","spec":{"containers":[]}}"#,
        &records,
    ] {
        let (code, stdout, stderr) = text(&home.run_with_input(&["explain", "pod"], input));
        assert_eq!((code, stdout.as_str()), (Some(3), ""), "{input}");
        assert!(stderr.contains("there is no pod in it") && stderr.contains("Next: "), "{stderr}");
    }
    let partly = json!({"kind": "Pod", "metadata": {"name": "web-1"}, "spec": {"containers": [
        {"name": "web", "image": "busybox"}, {"name": "side", "image": {"x": 1}}]}});
    let (_, _, stderr) = text(&home.run_with_input(&["explain", "pod"], &partly.to_string()));
    assert!(stderr.contains("cannot be read: nothing is said of that one"), "{stderr}");
}

/// A cluster has more pods than are kept as a tree; those that fail are found among them.
#[test]
fn ten_thousand_pods_are_read() {
    let home = Home::bare();
    let mut running = pod("");
    running["status"]["containerStatuses"][0]["state"] = json!({"running": {}});
    running["spec"]["imagePullSecrets"] = json!([]);
    // What a real one has besides.
    running["metadata"]["managedFields"] =
        json!([{"manager": "kubelet", "fieldsV1": {"f:status": {"f:phase": {}, "f:podIP": {}}}}]);
    let mut pods: Vec<Value> = (0..10_000)
        .map(|number| {
            let mut pod = running.clone();
            pod["metadata"]["name"] = json!(format!("well-{number}"));
            pod
        })
        .collect();
    pods.insert(5000, pod("no basic auth credentials"));
    pods.push(secret(&expired_login()));
    let (code, stdout, stderr) = text(&home.run_with_input(&["explain", "pod"], &list(&pods)));
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stdout.contains("Pod/web-1") && stdout.contains("its login expired"), "{stdout}");
    assert!(stderr.contains("10000 of 10001 pull"), "{stderr}");
}

#[test]
fn what_is_too_large_is_told_how_to_be_less() {
    let home = Home::bare();
    let file = fs::File::create(home.path("pods.json")).unwrap();
    file.set_len((256 << 20) + 1).unwrap();
    let (code, _, stderr) = text(&home.run(&["explain", "pod", "pods.json"]));
    assert_eq!(code, Some(3), "{stderr}");
    assert!(
        stderr.contains("256 MiB") && stderr.contains("--field-selector=status.phase!=Running"),
        "{stderr}"
    );
}
