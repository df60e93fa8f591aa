//! The Helm chart on a real API server: installed, changed, put back and deleted by Helm itself; its pods before Pod Security, its
//! roles before the operator's own process, and its hooks, with the test in the place of controllers and kubelet.

mod accepted;
mod helm;
mod kubelet;
mod namespaces;
mod nodes;
mod release;
mod rest;
mod uninstall;

use std::time::Instant;

use serde_json::json;
use tokio::runtime::Runtime;

use crate::parts::Cluster;
use crate::program::{CONFIG, Home, until};
use helm::Helm;
use rest::{Answer, Server};

/// Namespaces, and the Pod Security level that each enforces and warns of.
const NAMESPACES: [(&str, &str); 9] = [
    ("ecrpass", "restricted"),
    ("registry-login", "restricted"),
    ("baseline", "baseline"),
    ("nodes", "privileged"),
    ("shop", "restricted"),
    ("api", "restricted"),
    ("later", "restricted"),
    ("a", "privileged"),
    ("b", "privileged"),
];

/// What all steps need.
struct World<'a> {
    runtime: &'a Runtime,
    cluster: &'a Cluster,
    admin: Server<'a>,
    helm: Helm,
    home: Home,
}

/// A part of the test.
type Step = fn(&World<'_>);

impl World<'_> {
    /// Whether the server takes a pod there, really; it is gone afterwards.
    fn pod(&self, namespace: &str, pod: &serde_json::Value) -> Answer {
        let path = format!("/api/v1/namespaces/{namespace}/pods");
        let answer = self.admin.post(&format!("{path}?fieldValidation=Strict"), pod);
        if answer.code == 201 {
            let name = pod["metadata"]["name"].as_str().unwrap();
            let now = json!({"gracePeriodSeconds": 0}).to_string().into_bytes();
            self.admin.send("DELETE", &format!("{path}/{name}"), "application/json", now).taken();
        }
        answer
    }
}

#[test]
#[ignore = "needs kube-apiserver, etcd and helm: cargo xtask ci --only operator-cluster"]
fn the_chart_does_all_it_says() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let begun = Instant::now();
    let cluster = runtime.block_on(Cluster::start(false));
    let helm = Helm::new(&cluster.kubeconfig("admin"));
    let admin = Server::new(&runtime, &cluster, "admin-token");
    let world = World { runtime: &runtime, cluster: &cluster, admin, helm, home: Home::new(CONFIG) };
    // It answers before it has made all that is its own, such as classes of priority.
    until("it is ready", || world.admin.send("GET", "/readyz", "", Vec::new()).code == 200);
    for (name, level) in NAMESPACES {
        let (enforce, warn) = ("pod-security.kubernetes.io/enforce", "pod-security.kubernetes.io/warn");
        let labels = json!({enforce: level, warn: level, "pull": if name.len() == 1 { "yes" } else { "no" }});
        world
            .admin
            .post("/api/v1/namespaces", &json!({"metadata": {"name": name, "labels": labels}}))
            .taken();
        for account in ["default", "runner", "privileged"] {
            let account = json!({"metadata": {"name": account}, "imagePullSecrets": [{"name": "openshift"}]});
            world.admin.post(&format!("/api/v1/namespaces/{name}/serviceaccounts"), &account).taken();
        }
    }
    let steps: [(&str, Step); 7] = [
        ("plain manifests", accepted::plain_manifests),
        ("without the kinds of Prometheus", release::without_the_kinds_of_prometheus),
        ("every set of values", accepted::every_set_of_values),
        ("upgrade and rollback", release::upgrade_and_rollback),
        ("operator, tests, removal", release::works_and_goes),
        ("single namespaces", namespaces::works_and_goes),
        ("nodes", nodes::installer),
    ];
    println!("the API server answers after {:.0} s", begun.elapsed().as_secs_f64());
    for (name, step) in steps {
        let begun = Instant::now();
        step(&world);
        println!("{name}: {:.1} s", begun.elapsed().as_secs_f64());
    }
}
