//! The operator before a real API server with RBAC: what its documented rights allow, and that they are enough.
//!
//! It needs kube-apiserver and etcd, so it is ignored unless asked for: `cargo xtask ci --only operator-cluster`.

#![cfg(unix)]
#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test's way of failing, and of telling

#[path = "../wire/api.rs"]
#[allow(dead_code)] // here it is AWS only
mod api;
mod audit_log;
#[path = "../wire/aws.rs"]
mod aws;
mod chart;
mod disasters;
mod moved_clock;
mod parts;
#[path = "../wire/program.rs"]
mod program;
mod scale;

use std::collections::BTreeMap;
use std::time::Instant;

use k8s_openapi::api::core::v1::{Namespace, Secret, ServiceAccount};
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding};
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::{Client, Error};
use serde_json::{Value, json};

use crate::parts::Cluster;
use crate::program::{CONFIG, HOST, Home, until, until_within};

fn object<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// The rights that docs/operator.md says it needs, and no others.
async fn grant(admin: &Client) {
    let create = PostParams::default();
    let rules = json!([
        {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list", "watch"]},
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["ecr"],
            "verbs": ["get", "list", "watch", "patch", "delete"]},
        {"apiGroups": [""], "resources": ["serviceaccounts"], "resourceNames": ["default"],
            "verbs": ["get", "list", "watch", "patch"]},
        {"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch"]},
    ]);
    let role = object(json!({"metadata": {"name": "operator"}, "rules": rules}));
    Api::<ClusterRole>::all(admin.clone()).create(&create, &role).await.unwrap();
    let subjects = json!([{"kind": "User", "name": "operator", "apiGroup": "rbac.authorization.k8s.io"}]);
    let binding = json!({"metadata": {"name": "operator"}, "subjects": subjects,
        "roleRef": {"kind": "ClusterRole", "name": "operator", "apiGroup": "rbac.authorization.k8s.io"}});
    Api::<ClusterRoleBinding>::all(admin.clone()).create(&create, &object(binding)).await.unwrap();
    namespace(admin, "operator", false).await;
    let rules = json!([
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"]},
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "resourceNames": ["ecrpass-operator"],
            "verbs": ["get", "update", "delete"]},
    ]);
    let role = object(json!({"metadata": {"name": "operator"}, "rules": rules}));
    Api::<Role>::namespaced(admin.clone(), "operator").create(&create, &role).await.unwrap();
    let binding = json!({"metadata": {"name": "operator"}, "subjects": subjects,
        "roleRef": {"kind": "Role", "name": "operator", "apiGroup": "rbac.authorization.k8s.io"}});
    Api::<RoleBinding>::namespaced(admin.clone(), "operator")
        .create(&create, &object(binding))
        .await
        .unwrap();
}

/// A namespace, with the account that a controller would make where there is one.
async fn namespace(admin: &Client, name: &str, selected: bool) {
    let labels = if selected { json!({"pull": "yes"}) } else { json!({}) };
    let create = PostParams::default();
    let namespace = object(json!({"metadata": {"name": name, "labels": labels}}));
    Api::<Namespace>::all(admin.clone()).create(&create, &namespace).await.unwrap();
    let account =
        object(json!({"metadata": {"name": "default"}, "imagePullSecrets": [{"name": "openshift"}]}));
    Api::<ServiceAccount>::namespaced(admin.clone(), name).create(&create, &account).await.unwrap();
}

/// Every secret of ours, by namespace.
async fn secrets(admin: &Client) -> BTreeMap<String, Secret> {
    let list =
        Api::<Secret>::all(admin.clone()).list(&ListParams::default().fields("metadata.name=ecr")).await;
    let of = |secret: Secret| (secret.metadata.namespace.clone().unwrap(), secret);
    list.map(|list| list.items.into_iter().map(of).collect()).unwrap_or_default()
}

async fn names(admin: &Client, namespace: &str) -> Vec<String> {
    let account = Api::<ServiceAccount>::namespaced(admin.clone(), namespace).get("default").await.unwrap();
    account.image_pull_secrets.unwrap_or_default().into_iter().map(|reference| reference.name).collect()
}

fn text(secret: &Secret) -> String {
    String::from_utf8(secret.data.as_ref().unwrap()[".dockerconfigjson"].0.clone()).unwrap()
}

fn is_forbidden<T>(result: Result<T, Error>) -> bool {
    matches!(result, Err(Error::Api(status)) if status.code == 403)
}

#[test]
#[ignore = "needs kube-apiserver and etcd: cargo xtask ci --only operator-cluster"]
fn with_its_documented_rights_it_does_all_it_says() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut cluster = runtime.block_on(Cluster::start(false));
    let admin = runtime.block_on(cluster.client("admin"));
    runtime.block_on(grant(&admin));
    for name in ["a", "b"] {
        runtime.block_on(namespace(&admin, name, true));
    }
    let home = Home::new(CONFIG);
    std::fs::write(home.path("kubeconfig"), cluster.kubeconfig("operator")).unwrap();
    let operator = home.start("one");
    until("both are there", || runtime.block_on(secrets(&admin)).len() == 2);
    until("both accounts name it", || {
        ["a", "b"].iter().all(|name| runtime.block_on(names(&admin, name)) == ["openshift", "ecr"])
    });
    until("it is ready", || operator.get("/readyz").0 == 200);
    assert!(!operator.log().contains("Forbidden"), "{}", operator.log());
    let all = runtime.block_on(secrets(&admin));
    assert_eq!(all["a"].type_.as_deref(), Some("kubernetes.io/dockerconfigjson"));
    assert!(text(&all["a"]).contains(HOST));

    let events = Api::<Event>::namespaced(admin.clone(), "a");
    until("the secret has its event", || {
        let list = runtime.block_on(events.list(&ListParams::default())).unwrap();
        list.items.iter().any(|event| {
            let regarding = event.regarding.clone().unwrap_or_default();
            event.reason.as_deref() == Some("Created") && regarding.uid == all["a"].metadata.uid
        })
    });

    // What it may not.
    let as_operator = runtime.block_on(cluster.client("operator"));
    let api = Api::<Secret>::namespaced(as_operator.clone(), "a");
    assert!(is_forbidden(runtime.block_on(api.get("other"))));
    assert!(is_forbidden(runtime.block_on(api.list(&ListParams::default()))));
    assert!(is_forbidden(
        runtime.block_on(api.list(&ListParams::default().labels("app.kubernetes.io/managed-by=x")))
    ));
    assert!(runtime.block_on(api.list(&ListParams::default().fields("metadata.name=ecr"))).is_ok());

    // Others change things.
    let theirs = Api::<Secret>::namespaced(admin.clone(), "a");
    let uid = all["a"].metadata.uid.clone();
    let spoilt =
        format!("{{\"auths\": {{\"quay.io\": {{\"auth\": \"dTpw\"}}, \"{HOST}\": {{\"auth\": \"x\"}}}}}}");
    let patch = json!({"stringData": {".dockerconfigjson": spoilt}});
    runtime.block_on(theirs.patch("ecr", &PatchParams::default(), &Patch::Merge(&patch))).unwrap();
    until("ours is right, and the other is there", || {
        let all = runtime.block_on(secrets(&admin));
        text(&all["a"]).contains("wire-password")
            && text(&all["a"]).contains("\"quay.io\": {\"auth\": \"dTpw\"}")
    });
    assert_eq!(runtime.block_on(secrets(&admin))["a"].metadata.uid, uid);
    let accounts = Api::<ServiceAccount>::namespaced(admin.clone(), "b");
    let patch = json!({"imagePullSecrets": [{"name": "helm"}]});
    runtime.block_on(accounts.patch("default", &PatchParams::default(), &Patch::Merge(&patch))).unwrap();
    until("the account names it again", || runtime.block_on(names(&admin, "b")) == ["helm", "ecr"]);
    let in_b = Api::<Secret>::namespaced(admin.clone(), "b");
    runtime.block_on(in_b.delete("ecr", &DeleteParams::default())).unwrap();
    until("it is made again", || runtime.block_on(secrets(&admin)).len() == 2);

    // A namespace that goes and, as nobody finishes that here, stays on its way.
    runtime.block_on(namespace(&admin, "going", true));
    until("it is served", || runtime.block_on(secrets(&admin)).contains_key("going"));
    runtime.block_on(Api::<Namespace>::all(admin.clone()).delete("going", &DeleteParams::default())).unwrap();
    let going = Api::<Secret>::namespaced(admin.clone(), "going");
    runtime.block_on(going.delete("ecr", &DeleteParams::default())).unwrap();

    // The API server is away for a while, and many namespaces come at once after it.
    cluster.stop();
    std::thread::sleep(std::time::Duration::from_secs(15));
    runtime.block_on(cluster.serve());
    let count: usize =
        std::env::var("ECRPASS_OPERATOR_NAMESPACES").ok().and_then(|text| text.parse().ok()).unwrap_or(300);
    let begun = Instant::now();
    runtime.block_on(async {
        for number in 0..count {
            namespace(&admin, &format!("n{number}"), true).await;
        }
    });
    let made = begun.elapsed();
    let patience = std::time::Duration::from_secs(60 + u64::try_from(count / 20).unwrap());
    until_within(patience, "all are served", || runtime.block_on(secrets(&admin)).len() == count + 2);
    println!(
        "{count} namespaces were made in {:.0} s, and all served {:.1} s after the last; {} kB",
        made.as_secs_f64(),
        (begun.elapsed() - made).as_secs_f64(),
        operator.memory()
    );
    assert_eq!(home.api.state().aws.tokens(), 1);
    // A server that has just started knows no rights yet; that has passed.
    until("nothing is forbidden", || operator.get("/metrics").1.contains("ecrpass_degraded 0\n"));

    // Another replica takes over from one that is killed, and everything goes at the end.
    operator.kill();
    let two = home.start("two");
    until("it leads", || two.get("/metrics").1.contains("ecrpass_leader 1\n"));
    until("it is ready", || two.get("/readyz").0 == 200);
    assert_eq!(home.api.state().aws.tokens(), 1);
    assert_eq!(two.stop(), 0);
    let output = home.run(&["remove"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let left = runtime.block_on(secrets(&admin));
    // That one has somebody else's entry.
    assert_eq!(left.keys().collect::<Vec<_>>(), ["a"]);
    assert!(!text(&left["a"]).contains(HOST) && text(&left["a"]).contains("quay.io"));
    assert_eq!(runtime.block_on(names(&admin, "b")), ["helm"]);
}
