//! Kubernetes manifests, and what `kubectl get … -o json` prints: the images of pods, their pull secrets, and what the
//! kubelet said.
//!
//! Source: Kubernetes API reference, `PodSpec`, `ContainerStatus`, `ServiceAccount`.

use std::collections::HashSet;

use super::cluster::Cluster;
use super::context::Context;
use super::custom_resource;
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
    for object in &objects {
        read_object(context, object, &cluster);
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

fn read_object(context: &mut Context, object: &Node, cluster: &Cluster) {
    let kind = object.text_of("kind").unwrap_or("Pod");
    if kind == "Event" {
        context.message(object, "reason", "message");
        return;
    }
    match pod_spec(object) {
        Some(spec) => read_pod(context, object, spec, cluster),
        None => custom_resource::read(context, object, cluster),
    }
    if let Some(status) = object.get("status").filter(|_| kind == "Pod") {
        read_status(context, status);
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

fn read_status(context: &mut Context, status: &Node) {
    context.message(status, "reason", "message");
    for key in ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"] {
        for container in status.items_of(key) {
            for path in [["state", "waiting"], ["state", "terminated"], ["lastState", "terminated"]] {
                if let Some(state) = container.at(&path) {
                    context.message(state, "reason", "message");
                }
            }
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
    fn running_pods_tell_what_went_wrong() {
        let text = r#"{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "web-1", "namespace": "shop"},
            "spec": {"nodeName": "ip-10-0-0-1", "containers": [{"image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1"}]},
            "status": {"containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff",
            "message": "Back-off pulling image: no basic auth credentials"}}}]}}]}"#;
        let document = read("pods.json", text, &|_| None).unwrap();
        assert_eq!(
            document.messages[0].1,
            "ImagePullBackOff: Back-off pulling image: no basic auth credentials"
        );
        assert_eq!(document.messages[0].0.line, 5);
        assert!(document.targets[0].puller.sentence().contains("node `ip-10-0-0-1`"));
    }
}
