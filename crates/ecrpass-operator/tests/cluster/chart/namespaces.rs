//! A release with `scope: namespaces`: a role in each, and no right anywhere else.

use serde_json::json;

use super::helm::repository;
use super::rest::Server;
use super::{World, kubelet, release, uninstall};
use crate::program::until;

/// With the values that are there for it: secrets for `default` and `runner` in `shop` and `api`, the operator in `registry-login`.
pub fn works_and_goes(world: &World<'_>) {
    let values = repository("charts/ecrpass/ci/operator-namespaces-values.yaml").display().to_string();
    world.helm.run(&format!("install local CHART --namespace ecrpass --values {values}"));
    let path = "/apis/apps/v1/namespaces/registry-login/deployments/local-ecrpass-operator";
    let deployment = world.admin.get(path).unwrap();
    world.pod("registry-login", &kubelet::pod(&deployment, "local")).taken();
    let operator = kubelet::start(world, &deployment, "operator-local");
    until("it is ready", || operator.get("/readyz").0 == 200);
    let secret =
        |namespace: &str| world.admin.get(&format!("/api/v1/namespaces/{namespace}/secrets/ecr")).is_some();
    let named = |namespace: &str, account: &str| {
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/{account}");
        world.admin.get(&path).unwrap()["imagePullSecrets"]
            .as_array()
            .unwrap()
            .contains(&json!({"name": "ecr"}))
    };
    for namespace in ["shop", "api"] {
        assert!(secret(namespace), "{namespace}");
        until("its accounts name it", || named(namespace, "default") && named(namespace, "runner"));
    }
    assert!(!secret("later") && !secret("b") && !named("b", "default"));
    release::nothing_is_missing(&operator);
    refused(world);

    gone(world, "later");
    // Helm stops at the role that it cannot make there, and says so; a release without that namespace takes the rest away.
    let words = world.helm.refused("uninstall local --namespace ecrpass");
    assert!(words.contains("namespaces \"later\" not found"), "{words}");
    assert!(secret("shop") && secret("api"));
    let without = "--set-json operator.rbac.namespaces=[]";
    world.helm.run(&format!("install local CHART --namespace ecrpass --values {values} {without}"));
    uninstall::uninstall(world, "local", "registry-login", operator);
    for namespace in ["shop", "api"] {
        assert!(
            !secret(namespace) && !named(namespace, "default") && !named(namespace, "runner"),
            "{namespace}"
        );
    }
    let lease = "/apis/coordination.k8s.io/v1/namespaces/registry-login/leases/local-ecrpass-operator";
    assert!(world.admin.get(lease).is_none());
}

/// A namespace goes: nobody finishes that here.
fn gone(world: &World<'_>, name: &str) {
    let path = format!("/api/v1/namespaces/{name}");
    world.admin.delete(&path);
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "spec": {"finalizers": []}});
    let finished = namespace.to_string().into_bytes();
    world.admin.send("PUT", &format!("{path}/finalize"), "application/json", finished).taken();
    until("it is gone", || world.admin.get(&path).is_none());
}

/// What it must not be able to do.
fn refused(world: &World<'_>) {
    let token = world.admin.token("registry-login", "local-ecrpass-operator");
    let operator = Server::new(world.runtime, world.cluster, &token);
    assert!(operator.get("/api/v1/namespaces/shop/secrets?fieldSelector=metadata.name%3Decr").is_some());
    let secret = json!({"metadata": {"name": "ecr"}});
    let names = json!({"imagePullSecrets": []});
    let answers = [
        ("namespaces", operator.send("GET", "/api/v1/namespaces", "", Vec::new())),
        (
            "secrets of its name everywhere",
            operator.send("GET", "/api/v1/secrets?fieldSelector=metadata.name%3Decr", "", Vec::new()),
        ),
        ("a secret elsewhere", operator.post("/api/v1/namespaces/b/secrets", &secret)),
        (
            "a secret in its own namespace",
            operator.post("/api/v1/namespaces/registry-login/secrets", &secret),
        ),
        ("another secret", operator.send("GET", "/api/v1/namespaces/shop/secrets/other", "", Vec::new())),
        (
            "all secrets of a namespace",
            operator.send("GET", "/api/v1/namespaces/shop/secrets", "", Vec::new()),
        ),
        ("another account", operator.merge("/api/v1/namespaces/shop/serviceaccounts/privileged", &names)),
        ("an account elsewhere", operator.merge("/api/v1/namespaces/b/serviceaccounts/default", &names)),
    ];
    for (what, answer) in answers {
        assert!(answer.is_refused(403, "local-ecrpass-operator"), "{what}: {} {}", answer.code, answer.body);
    }
}
