//! Kubernetes manifests, and what `kubectl get … -o json` prints: the images of pods, their pull secrets, and events
//! that stand there without their pods.
//!
//! Source: Kubernetes API reference, `PodSpec`, `ContainerStatus`, `ServiceAccount`.

use std::collections::HashSet;

use super::cluster::Cluster;
use super::context::Context;
use super::custom_resource;
use super::pod_messages;
use super::pull_secret::{PullSecret, SecretContents};
use super::puller::{Pod, Puller};
use super::tree::{self, Node};

/// Lists within lists: kubectl writes one.
pub(super) const MAX_LISTS: usize = 4;

/// Reads the documents of a file. `around` is what the cluster has besides, as kubectl prints it.
pub fn read(context: &mut Context, documents: &[Node], around: Option<&str>) {
    let mut objects = Vec::new();
    for document in documents {
        collect(&mut objects, document, 0);
    }
    let mut cluster = Cluster::of(context, &objects);
    let own: Vec<PullSecret> = cluster.secrets().into_iter().cloned().collect();
    if let Some(around) = around {
        cluster.add(from_kubectl(around));
    }
    // What was said of pods is read with them (`pods`); alone, events are all there is.
    let has_pods = objects.iter().any(|object| pod_spec(object).is_some());
    for object in &objects {
        if object.text_of("kind") == Some("Event") {
            let said = (!has_pods).then(|| pod_messages::of_event_alone(context, object));
            said.flatten().into_iter().for_each(|said| context.keep(said));
            continue;
        }
        match pod_spec(object) {
            Some(spec) => read_pod(context, object, spec, &cluster),
            None => custom_resource::read(context, object, &cluster),
        }
    }
    unused(context, &own);
}

/// The objects of a cluster in what kubectl printed; none where that cannot be read.
fn from_kubectl(text: &str) -> Cluster {
    let documents = tree::read("kubectl.json", text).unwrap_or_default();
    let mut objects = Vec::new();
    for document in &documents {
        collect(&mut objects, document, 0);
    }
    Cluster::of(&Context::new("kubectl", text, &|_| None), &objects)
}

/// A pull secret that no pod of the file names stands for itself: whoever gives it wants to know what is in it.
fn unused(context: &mut Context, own: &[PullSecret]) {
    let mut used = HashSet::new();
    for target in context.targets() {
        if let Puller::Kubelet(pod) = &target.puller {
            used.extend(pod.secrets.iter().map(|secret| (secret.place.line, secret.place.column)));
        }
    }
    for secret in own {
        let SecretContents::Logins(logins) = &secret.contents else { continue };
        if used.contains(&(secret.place.line, secret.place.column)) {
            continue;
        }
        for login in logins {
            let pod = Pod {
                object: format!("Secret/{}", secret.name),
                namespace: secret.namespace.clone(),
                pull_secrets: vec![secret.name.clone()],
                secrets: vec![secret.clone()],
                ..Pod::default()
            };
            context.registry(&login.key, secret.place.clone(), Puller::Kubelet(pod));
        }
    }
}

/// The objects, out of their lists.
pub(super) fn collect<'a>(objects: &mut Vec<&'a Node>, node: &'a Node, lists: usize) {
    let is_list = node.text_of("kind").is_some_and(|kind| kind.ends_with("List"));
    match node.get("items").and_then(Node::items) {
        Some(items) if is_list && lists < MAX_LISTS => {
            items.iter().for_each(|item| collect(objects, item, lists + 1));
        }
        _ => objects.push(node),
    }
}

/// The specification of the pod, or of those that an object creates.
pub(super) fn pod_spec(object: &Node) -> Option<&Node> {
    let paths = [
        &["spec", "jobTemplate", "spec", "template", "spec"][..],
        &["spec", "template", "spec"],
        &["template", "spec"],
        &["spec"],
    ];
    paths.into_iter().find_map(|path| object.at(path).filter(|spec| spec.get("containers").is_some()))
}

fn read_pod(context: &mut Context, object: &Node, spec: &Node, cluster: &Cluster) {
    let pod = cluster.pod(object, spec);
    let platform = platform(spec);
    for key in ["initContainers", "containers", "ephemeralContainers"] {
        for container in spec.items_of(key) {
            let Some(image) = container.get("image") else { continue };
            let pod = Pod { pull_policy: container.owned("imagePullPolicy"), ..pod.clone() };
            if let Some(target) = context.image(image, Puller::Kubelet(pod)) {
                target.platform = platform.clone();
            }
        }
    }
    for volume in spec.items_of("volumes") {
        let Some(image) = volume.at(&["image", "reference"]) else { continue };
        if let Some(target) = context.image(image, Puller::Kubelet(pod.clone())) {
            target.platform = platform.clone();
        }
    }
}

/// Where the pod may run at all.
fn platform(spec: &Node) -> Option<String> {
    let selector = spec.get("nodeSelector")?;
    let architecture = selector.text_of("kubernetes.io/arch")?;
    let system = selector.text_of("kubernetes.io/os").unwrap_or("linux");
    Some(format!("{system}/{architecture}"))
}

#[cfg(test)]
mod tests {
    use super::super::{DeploymentKind, Puller, read};

    const MANIFESTS: &str = r#"
apiVersion: v1
kind: ServiceAccount
metadata: {name: builder, namespace: shop}
imagePullSecrets: [{name: from-account}]
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  template:
    spec:
      imagePullSecrets:
        - name: regcred
      nodeSelector: {kubernetes.io/arch: arm64}
      initContainers:
        - {name: i, image: busybox}
      containers:
        - name: web
          image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1"
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: shop}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          serviceAccountName: builder
          containers:
            - image: ${REGISTRY}/job
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: r}
spec: {template: {spec: {containers: [{image: a/b}]}}}
"#;

    #[test]
    fn manifests_name_images_and_secrets() {
        let document = read("all.yaml", MANIFESTS, &|_| None).unwrap();
        assert_eq!(document.kind, DeploymentKind::Kubernetes);
        let found: Vec<_> = document
            .targets
            .iter()
            .map(|target| match &target.puller {
                Puller::Kubelet(pod) => (target.to_string(), pod.object.clone(), pod.pull_secrets.join(",")),
                other => panic!("{other:?}"),
            })
            .collect();
        let expected = [
            ("docker.io/library/busybox", "Deployment/web", "regcred"),
            ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1", "Deployment/web", "regcred"),
            ("/job", "CronJob/nightly", "from-account"),
            ("docker.io/a/b", "Rollout/r", ""),
        ];
        assert_eq!(found, expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
        assert_eq!(document.targets[1].platform.as_deref(), Some("linux/arm64"));
        assert_eq!(document.targets[2].notes[1], "variable REGISTRY is not set");
    }

    #[test]
    fn events_without_their_pods_tell_what_went_wrong() {
        let event = |reason: &str, message: &str| {
            format!(
                r#"{{"apiVersion": "v1", "kind": "Event", "reason": "{reason}", "message": "{message}"}}"#
            )
        };
        let list = |items: &[String]| {
            format!(r#"{{"apiVersion": "v1", "kind": "List", "items": [{}]}}"#, items.join(",\n"))
        };
        let probe = event("Unhealthy", "Liveness probe failed: x509: unknown authority");
        let failed = event("Failed", "Failed to pull image: no basic auth credentials");
        let pod = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1"},
            "spec": {"nodeName": "ip-10-0-0-1", "containers": [{"image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1"}]}}"#;
        let alone = read("events.json", &list(&[probe.clone(), failed.clone()]), &|_| None).unwrap();
        let said: Vec<_> = alone.messages.iter().map(|(place, text)| (place.line, text.as_str())).collect();
        assert_eq!(said, [(2, "Failed: Failed to pull image: no basic auth credentials")]);
        let with_pod = read("pods.json", &list(&[probe, failed, pod.to_owned()]), &|_| None).unwrap();
        assert!(with_pod.messages.is_empty());
        assert!(with_pod.targets[0].puller.sentence().contains("node `ip-10-0-0-1`"));
    }
}
