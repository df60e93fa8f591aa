//! Every object that the chart makes of every set of values, and the plain manifests: as strict as an API server can be.

use serde_json::{Value, json};

use super::World;
use super::helm::repository;
use super::kubelet;
use super::rest::{Document, documents};
use crate::program::until;

/// As much of the Prometheus operator's kinds as the chart uses.
const PROMETHEUS: &str = include_str!("prometheus.yaml");

/// Applies the plain manifests in any order, as their users do, where nobody knows Prometheus' kinds.
pub fn plain_manifests(world: &World<'_>) {
    let read =
        |name: &str| std::fs::read_to_string(repository(&format!("charts/manifests/{name}.yaml"))).unwrap();
    let texts = ["operator", "canary", "node-installer-eks", "operator"].map(read);
    let mut applied = Vec::new();
    for document in texts.iter().flat_map(|text| documents(text)) {
        let place = world.admin.place(&document);
        assert!(place.is_some(), "{} {} cannot be applied", document.kind, document.name);
        world.admin.apply(&document, false).taken();
        if document.kind != "Namespace" {
            applied.extend(place);
        }
    }
    applied.sort();
    applied.dedup();
    let mut pods = 0;
    for place in &applied {
        let object = world.admin.get(place).unwrap();
        if !object["spec"]["template"].is_null() {
            let namespace = object["metadata"]["namespace"].as_str().unwrap();
            world.pod(namespace, &kubelet::pod(&object, "plain")).taken();
            pods += 1;
        }
    }
    assert_eq!(pods, 3);
    for place in &applied {
        assert_eq!(world.admin.delete(place).code, 200, "{place}");
    }
}

/// Makes the kinds of Prometheus known.
fn prometheus(world: &World<'_>) {
    for document in documents(PROMETHEUS) {
        world.admin.apply(&document, false).taken();
    }
    let is_known = || {
        let list = world.admin.get("/apis/monitoring.coreos.com/v1");
        list.is_some_and(|list| list["resources"].as_array().is_some_and(|resources| resources.len() == 2))
    };
    until("the kinds of Prometheus are known", is_known);
}

/// What is made of every set of values, with all that can be switched on.
pub fn every_set_of_values(world: &World<'_>) {
    prometheus(world);
    let mut count = 0;
    for entry in std::fs::read_dir(repository("charts/ecrpass/ci")).unwrap() {
        let set = entry.unwrap().path().display().to_string();
        let switched = "--set serviceMonitor.enabled=true,prometheusRule.enabled=true";
        let rendered = world.helm.run(&format!(
            "template ecrpass CHART --namespace ecrpass --kube-version 1.36.3 --values {set} {switched}"
        ));
        for document in documents(&rendered) {
            let answer = world.admin.apply(&document, true);
            if document.kind == "DaemonSet" && document.name == "ecrpass-node-installer" {
                // The namespace is the operator's; of nothing else there is a warning.
                let (message, warnings) = (&answer.body["message"], &answer.warnings);
                assert!(answer.code < 300 && warnings.len() == 1, "{set} {message} {warnings:?}");
                assert!(warnings[0].contains("would violate PodSecurity"), "{set} {warnings:?}");
            } else {
                answer.taken();
            }
            count += 1;
        }
    }
    assert!(count > 100, "only {count} objects");
    strict(world);
    println!("{count} objects, taken without a warning");
}

/// The server would see what is wrong.
fn strict(world: &World<'_>) {
    let wrong = |text: &str, words: &str| {
        let document = documents(text).into_iter().next().unwrap();
        let answer = world.admin.apply(&document, true);
        assert!(answer.code >= 400 && answer.body.to_string().contains(words), "{}", answer.body);
    };
    let head = "apiVersion: v1\nkind: Service\nmetadata:\n  name: x\n  namespace: ecrpass\n";
    wrong(&format!("{head}spec:\n  clusterIp: None\n"), "clusterIp");
    wrong(&format!("{head}spec:\n  type: ClusterIP\n  type: ClusterIP\n"), "type");
    let head = "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata:\n  name: x\n  namespace: ecrpass\n";
    wrong(
        &format!("{head}spec:\n  selector: {{}}\n  endpoints:\n    - port: a\n      intervall: 3s\n"),
        "intervall",
    );
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"},
        "spec": {"containers": [{"name": "x", "image": "x", "imagePolicy": "Always"}]}});
    let answer = world.pod("nodes", &pod);
    assert!(answer.is_refused(400, "imagePolicy"), "{}", answer.body);
}

/// Where a document is, as its objects are there.
pub fn objects(world: &World<'_>, manifest: &str) -> Vec<(String, Value)> {
    let of = |document: Document<'_>| {
        let place = world.admin.place(&document).unwrap();
        let object = world.admin.get(&place).unwrap_or_else(|| panic!("{place} is not there"));
        (place, object)
    };
    documents(manifest).into_iter().map(of).collect()
}
