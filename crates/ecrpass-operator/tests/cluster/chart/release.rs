//! A release with operator and canary in a namespace under `restricted`: what Helm does with it, and what the operator may do.

use serde_json::{Value, json};

use super::helm::said;
use super::rest::Server;
use super::{World, accepted, kubelet, uninstall};
use crate::program::{HOST, Running, until};
use crate::{names, secrets, text};

/// The release; `service_accounts` is left out, which stands for `default`.
const VALUES: &str = r#"
operator:
  config:
    registry: [{accounts: ["123456789012"], regions: [eu-west-1]}]
    pull_secret: [{name: ecr, selector: pull=yes}]
canary:
  enabled: true
  config: {target: [{image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:canary"}]}
"#;

/// What is changed: a secret more, another account, more replicas, alerts.
const CHANGED: &str = r#"
operator:
  replicas: 3
  config:
    registry: [{accounts: ["123456789012"], regions: [eu-west-1]}]
    pull_secret:
      - {name: ecr, selector: pull=yes}
      - {name: ecr-runner, selector: pull=yes, service_accounts: [runner], position: first}
canary:
  enabled: true
  replicas: 2
  config: {target: [{image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:canary"}]}
serviceMonitor: {enabled: true}
prometheusRule: {enabled: true}
"#;

const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/ecrpass/deployments/ecrpass-operator";

/// It needs no kind of Prometheus' where these are off, which is the default.
pub fn without_the_kinds_of_prometheus(world: &World<'_>) {
    let values = world.helm.values("values.yaml", VALUES);
    world.helm.run(&format!("install ecrpass CHART --namespace ecrpass --values {values}"));
    let on = "--reuse-values --set serviceMonitor.enabled=true";
    let words = world.helm.refused(&format!("upgrade ecrpass CHART --namespace ecrpass {on}"));
    assert!(words.contains("no matches for kind \"ServiceMonitor\""), "{words}");
}

/// Helm's own revisions: each leaves the objects as its values say.
pub fn upgrade_and_rollback(world: &World<'_>) {
    let replicas = || world.admin.get(DEPLOYMENT).unwrap()["spec"]["replicas"].clone();
    let there = |path: &str| world.admin.get(path).is_some();
    let monitor = "/apis/monitoring.coreos.com/v1/namespaces/ecrpass/servicemonitors/ecrpass-canary";
    let budget = "/apis/policy/v1/namespaces/ecrpass/poddisruptionbudgets/ecrpass-canary";
    assert_eq!((replicas(), there(monitor), there(budget)), (json!(2), false, false));
    let values = world.helm.values("changed.yaml", CHANGED);
    world.helm.run(&format!("upgrade ecrpass CHART --namespace ecrpass --values {values}"));
    assert_eq!((replicas(), there(monitor), there(budget)), (json!(3), true, true));
    let names = || {
        let path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/ecrpass-ecrpass-operator";
        let rules = world.admin.get(path).unwrap()["rules"].clone();
        let of = |resource: &str| {
            let rule = rules
                .as_array()
                .unwrap()
                .iter()
                .find(|rule| rule["resources"] == json!([resource]) && !rule["resourceNames"].is_null());
            rule.map(|rule| rule["resourceNames"].clone())
        };
        (of("secrets"), of("serviceaccounts"))
    };
    assert_eq!(names(), (Some(json!(["ecr", "ecr-runner"])), Some(json!(["default", "runner"]))));
    world.helm.run("rollback ecrpass 1 --namespace ecrpass");
    assert_eq!((replicas(), there(monitor), there(budget)), (json!(2), false, false));
    assert_eq!(names(), (Some(json!(["ecr"])), Some(json!(["default"]))));
    accepted::objects(world, &world.helm.run("get manifest ecrpass --namespace ecrpass"));
    pods(world);
}

/// The pods that controllers would make.
fn pods(world: &World<'_>) {
    let operator = kubelet::pod(&world.admin.get(DEPLOYMENT).unwrap(), "operator-1");
    let canary = world.admin.get("/apis/apps/v1/namespaces/ecrpass/deployments/ecrpass-canary").unwrap();
    let canary = kubelet::pod(&canary, "canary-1");
    let token = json!("/var/run/secrets/kubernetes.io/serviceaccount");
    for (pod, has_token) in [(&operator, true), (&canary, false)] {
        let taken = world.pod("ecrpass", pod).taken();
        let mounts = taken["spec"]["containers"][0]["volumeMounts"].as_array().unwrap();
        assert_eq!(mounts.iter().any(|mount| mount["mountPath"] == token), has_token);
    }
    let weaker: [fn(&mut Value); 4] = [
        |spec| spec["containers"][0]["securityContext"] = json!({"privileged": true}),
        |spec| spec["securityContext"]["runAsUser"] = json!(0),
        |spec| spec["securityContext"]["runAsNonRoot"] = json!(false),
        |spec| spec["volumes"][0] = json!({"name": "config", "hostPath": {"path": "/etc"}}),
    ];
    for weaken in weaker {
        let mut pod = operator.clone();
        weaken(&mut pod["spec"]);
        let answer = world.pod("ecrpass", &pod);
        assert!(
            answer.is_refused(403, "violates PodSecurity \"restricted"),
            "{} {}",
            answer.code,
            answer.body
        );
    }
}

/// The operator with the release's own account, configuration and arguments, and the end of it all.
pub fn works_and_goes(world: &World<'_>) {
    let admin = world.runtime.block_on(world.cluster.client("admin"));
    let one = kubelet::start(world, &world.admin.get(DEPLOYMENT).unwrap(), "operator-one");
    until("it is ready", || one.get("/readyz").0 == 200);
    let all = world.runtime.block_on(secrets(&admin));
    assert_eq!(all.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert!(text(&all["a"]).contains(HOST));
    for namespace in ["a", "b"] {
        until("its account names it", || {
            world.runtime.block_on(names(&admin, namespace)) == ["openshift", "ecr"]
        });
    }
    let lease = "/apis/coordination.k8s.io/v1/namespaces/ecrpass/leases/ecrpass-operator";
    assert_eq!(world.admin.get(lease).unwrap()["spec"]["holderIdentity"], "operator-one");
    until("its event is there", || {
        let events = world.admin.get("/apis/events.k8s.io/v1/namespaces/a/events").unwrap();
        let of = |event: &Value| event["reason"] == "Created" && event["regarding"]["kind"] == "Secret";
        events["items"].as_array().unwrap().iter().any(of)
    });
    nothing_is_missing(&one);
    refused(world);

    // Somebody else's entry.
    let spoilt =
        format!("{{\"auths\": {{\"quay.io\": {{\"auth\": \"dTpw\"}}, \"{HOST}\": {{\"auth\": \"x\"}}}}}}");
    let spoilt = json!({"stringData": {".dockerconfigjson": spoilt}});
    world.admin.merge("/api/v1/namespaces/a/secrets/ecr", &spoilt).taken();
    until("it is put right", || {
        text(&world.runtime.block_on(secrets(&admin))["a"]).contains("wire-password")
    });
    tests(world, &one);

    // A new configuration, and the deployment's next replica.
    let values = world.helm.values("changed.yaml", CHANGED);
    world.helm.run(&format!("upgrade ecrpass CHART --namespace ecrpass --values {values}"));
    let two = kubelet::start(world, &world.admin.get(DEPLOYMENT).unwrap(), "operator-two");
    until("it answers", || two.get("/healthz").0 == 200);
    nothing_is_missing(&one);
    assert_eq!(one.stop(), 0);
    until("the new one is ready", || two.get("/readyz").0 == 200);
    assert_eq!(world.admin.get(lease).unwrap()["spec"]["holderIdentity"], "operator-two");
    let runner = |namespace: &str| {
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/runner");
        world.admin.get(&path).unwrap()["imagePullSecrets"].clone()
    };
    until("the other account names it", || {
        runner("b") == json!([{"name": "ecr-runner"}, {"name": "openshift"}])
    });
    nothing_is_missing(&two);

    uninstall::uninstall(world, "ecrpass", "ecrpass", two);
    // In one there is somebody else's entry.
    let left = world.runtime.block_on(secrets(&admin));
    assert_eq!(left.keys().collect::<Vec<_>>(), ["a"]);
    assert!(text(&left["a"]).contains("quay.io") && !text(&left["a"]).contains(HOST), "{}", text(&left["a"]));
    for namespace in ["a", "b"] {
        assert!(world.admin.get(&format!("/api/v1/namespaces/{namespace}/secrets/ecr-runner")).is_none());
        assert_eq!(runner(namespace), json!([{"name": "openshift"}]));
        assert_eq!(world.runtime.block_on(names(&admin, namespace)), ["openshift"]);
    }
    assert!(world.admin.get(lease).is_none());
}

/// It has every right that it has needed.
pub fn nothing_is_missing(operator: &Running) {
    let metrics = operator.get("/metrics").1;
    assert!(metrics.contains("ecrpass_degraded 0\n"), "{metrics}\n{}", operator.log());
    assert!(!operator.log().to_lowercase().contains("forbidden"), "{}", operator.log());
}

/// What the release's account must not be able to do.
fn refused(world: &World<'_>) {
    let token = world.admin.token("ecrpass", "ecrpass-operator");
    let operator = Server::new(world.runtime, world.cluster, &token);
    assert!(operator.get("/api/v1/secrets?fieldSelector=metadata.name%3Decr").is_some());
    assert!(operator.get("/api/v1/namespaces").is_some());
    let secret = json!({"metadata": {"name": "x"}});
    let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
    let lease = json!({"metadata": {"name": "ecrpass-operator"}});
    let names = json!({"imagePullSecrets": []});
    let answers = [
        ("another secret", operator.send("GET", "/api/v1/namespaces/a/secrets/other", "", Vec::new())),
        ("all secrets", operator.send("GET", "/api/v1/secrets", "", Vec::new())),
        ("all secrets of a namespace", operator.send("GET", "/api/v1/namespaces/a/secrets", "", Vec::new())),
        ("deletion of another secret", operator.delete("/api/v1/namespaces/a/secrets/other")),
        ("deletion of all secrets", operator.delete("/api/v1/namespaces/a/secrets")),
        ("a token", operator.post("/api/v1/namespaces/a/serviceaccounts/default/token", &request)),
        ("another account", operator.merge("/api/v1/namespaces/a/serviceaccounts/runner", &names)),
        ("all accounts", operator.send("GET", "/api/v1/serviceaccounts", "", Vec::new())),
        ("deletion of a namespace", operator.delete("/api/v1/namespaces/a")),
        (
            "a change of a namespace",
            operator.merge("/api/v1/namespaces/a", &json!({"metadata": {"labels": {"x": "y"}}})),
        ),
        ("pods", operator.send("GET", "/api/v1/pods", "", Vec::new())),
        ("a config map", operator.post("/api/v1/namespaces/ecrpass/configmaps", &secret)),
        ("a lease elsewhere", operator.post("/apis/coordination.k8s.io/v1/namespaces/a/leases", &lease)),
        (
            "leases",
            operator.send("GET", "/apis/coordination.k8s.io/v1/namespaces/ecrpass/leases", "", Vec::new()),
        ),
        ("roles", operator.post("/apis/rbac.authorization.k8s.io/v1/clusterroles", &secret)),
    ];
    for (what, answer) in answers {
        assert!(answer.is_refused(403, "ecrpass-operator"), "{what}: {} {}", answer.code, answer.body);
    }
}

/// `helm test`, with the test as the kubelet of its pods.
fn tests(world: &World<'_>, operator: &Running) {
    let mut testing = world.helm.begin("test ecrpass --namespace ecrpass");
    for (component, port) in [("canary", 9478), ("operator", 8080)] {
        let path = format!("/api/v1/namespaces/ecrpass/pods/ecrpass-{component}-test");
        until("helm has made the pod", || {
            assert!(testing.try_wait().unwrap().is_none(), "helm test has ended");
            world.admin.get(&path).is_some()
        });
        let pod = world.admin.get(&path).unwrap();
        let container = &pod["spec"]["containers"][0];
        assert_eq!(container["command"], json!(["sh", "-c"]));
        let script = container["args"][0].as_str().unwrap();
        let url = format!("http://ecrpass-{component}.ecrpass.svc:{port}/metrics");
        assert_eq!(script.matches(&url).count(), 2, "{script}");
        let service =
            world.admin.get(&format!("/api/v1/namespaces/ecrpass/services/ecrpass-{component}")).unwrap();
        assert_eq!(service["spec"]["ports"][0]["port"], port);
        // There is no canary here: its pod has to see that.
        let (port, works) = if component == "operator" { (operator.port, true) } else { (9, false) };
        let script =
            script.replace(&url, &format!("http://127.0.0.1:{port}/metrics")).replace("sleep 3", "sleep 0");
        let mut shell = std::process::Command::new("sh");
        let output = shell.arg("-c").arg(script).env_remove("http_proxy").output().unwrap();
        assert_eq!(output.status.success(), works, "{output:?}");
        world.admin.merge(&format!("{path}/status"), &json!({"status": {"phase": "Succeeded"}})).taken();
    }
    said("test", &testing.wait_with_output().unwrap());
}
