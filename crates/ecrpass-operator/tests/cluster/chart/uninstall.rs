//! `helm uninstall`, with the test in the place of the controller of its job.

use serde_json::{Value, json};

use super::World;
use super::helm::said;
use super::kubelet;
use crate::program::{Running, until};

/// Deletes a release while its operator runs; nothing of it may be left.
pub fn uninstall(world: &World<'_>, release: &str, namespace: &str, operator: Running) {
    let mut going = world.helm.begin(&format!("uninstall {release} --namespace ecrpass"));
    let name = if release == "ecrpass" { "ecrpass".to_owned() } else { format!("{release}-ecrpass") };
    let path = format!("/apis/batch/v1/namespaces/{namespace}/jobs/{name}-cleanup");
    until("helm has made the job", || {
        assert!(going.try_wait().unwrap().is_none(), "helm has ended");
        world.admin.get(&path).is_some()
    });
    let job = world.admin.get(&path).unwrap();
    let deployment = format!("/apis/apps/v1/namespaces/{namespace}/deployments/{name}-operator");
    assert!(world.admin.get(&deployment).is_none());
    world.pod(namespace, &kubelet::pod(&job, "cleanup")).taken();
    let spec = &job["spec"]["template"]["spec"];
    // The operator still ends while the first one works.
    remove(world, &job, &spec["initContainers"][0]);
    operator.stop();
    remove(world, &job, &spec["containers"][0]);
    let now = "2026-01-01T00:00:00Z";
    let condition = |kind: &str| json!({"type": kind, "status": "True", "reason": "CompletionsReached", "lastTransitionTime": now, "lastProbeTime": now});
    let status = json!({
        "startTime": now, "completionTime": now, "succeeded": 1, "ready": 0, "uncountedTerminatedPods": {},
        "conditions": [condition("SuccessCriteriaMet"), condition("Complete")],
    });
    world.admin.merge(&format!("{path}/status"), &json!({"status": status})).taken();
    said("uninstall", &going.wait_with_output().unwrap());
    // What is deleted in the background goes with a collector that nobody runs here: there is nothing of the kind.
    assert_eq!(world.admin.labelled(&format!("app.kubernetes.io/instance={release}")), Vec::<String>::new());
    assert_eq!(world.admin.labelled(&format!("owner=helm,name={release}")), Vec::<String>::new());
}

fn remove(world: &World<'_>, job: &Value, container: &Value) {
    let output = kubelet::process(world, job, container, "cleanup", 0).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}
