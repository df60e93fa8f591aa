//! The installer's release: where its pods are taken, and what a node may ask for with the role that comes with tokens.

use serde_json::{Value, json};

use super::World;
use super::helm::repository;
use super::kubelet;
use super::rest::{Answer, Server};
use crate::program::until;

const AUDIENCE: &str = "sts.amazonaws.com";

/// Two releases, one after the other: on EKS, and with tokens and a restart of the kubelet.
pub fn installer(world: &World<'_>) {
    let node = Server::new(world.runtime, world.cluster, "node-token");
    let pods = ["default", "runner", "privileged"].map(|account| (account, on_node(world, account)));
    let ask = |number: usize, audience: &str| {
        let (account, uid) = &pods[number];
        token(&node, account, uid, audience)
    };
    // To a node's authorizer, the pod is known a moment later.
    until("the node knows its pods", || (0..3).all(|number| ask(number, "").code == 201));
    for (number, values) in ["installer-eks", "installer-tokens"].into_iter().enumerate() {
        let values = repository(&format!("charts/ecrpass/ci/{values}-values.yaml")).display().to_string();
        let verb = if number == 0 { "install" } else { "upgrade" };
        world.helm.run(&format!("{verb} nodes CHART --namespace nodes --values {values}"));
        let path = "/apis/apps/v1/namespaces/nodes/daemonsets/nodes-ecrpass-node-installer";
        let pod = kubelet::pod(&world.admin.get(path).unwrap(), "installer");
        let mut here = pod.clone();
        here["spec"]["serviceAccountName"] = json!("privileged");
        world.pod("nodes", &pod).taken();
        for (namespace, level) in [("ecrpass", "restricted"), ("baseline", "baseline")] {
            let answer = world.pod(namespace, &here);
            assert!(
                answer.is_refused(403, &format!("violates PodSecurity \"{level}")),
                "{} {}",
                answer.code,
                answer.body
            );
        }
        if number == 0 {
            let answer = ask(0, AUDIENCE);
            assert!(answer.is_refused(403, "is not authorized"), "{} {}", answer.code, answer.body);
        }
    }
    until("the role is in force", || ask(0, AUDIENCE).code == 201);
    ask(1, AUDIENCE).taken();
    for (number, audience) in [(0, "vault"), (2, AUDIENCE)] {
        let answer = ask(number, audience);
        assert!(answer.is_refused(403, "is not authorized"), "{} {}", answer.code, answer.body);
    }
    world.helm.run("uninstall nodes --namespace nodes");
    until("the role is gone", || ask(0, AUDIENCE).is_refused(403, AUDIENCE));
    assert_eq!(world.admin.labelled("app.kubernetes.io/instance=nodes"), Vec::<String>::new());
}

/// A pod with that account on the node; its UID.
fn on_node(world: &World<'_>, account: &str) -> String {
    let pod: Value = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": account},
        "spec": {"nodeName": "node", "serviceAccountName": account, "containers": [{"name": "x", "image": "x"}]}});
    let pod = world.admin.post("/api/v1/namespaces/b/pods", &pod).taken();
    pod["metadata"]["uid"].as_str().unwrap().to_owned()
}

/// What the kubelet asks for before it starts the provider: a token of the pod's account, for that audience, or the API server's.
fn token(node: &Server<'_>, account: &str, uid: &str, audience: &str) -> Answer {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "name": account, "uid": uid});
    let audiences: Vec<&str> = Some(audience).filter(|audience| !audience.is_empty()).into_iter().collect();
    let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
        "spec": {"audiences": audiences, "expirationSeconds": 3600, "boundObjectRef": pod}});
    node.post(&format!("/api/v1/namespaces/b/serviceaccounts/{account}/token"), &request)
}
