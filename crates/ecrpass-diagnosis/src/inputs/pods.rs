//! Pods, and what creates pods, with what is known around them: states, events, service account, secrets, node.
//!
//! Source: Kubernetes API reference, `Pod`, `Event` (core/v1 and events.k8s.io/v1), `Node`.

use serde::{Deserialize, Serialize};

use super::cluster::{Cluster, is_in_cluster};
use super::context::Context;
use super::error::TargetError;
use super::kubernetes::pod_spec;
use super::near::Index;
use super::objects::Objects;
use super::pod_messages::{self, PodMessage, Pulling, is_of_a_pull};
use super::pull_secret::PullSecret;
use super::puller::{Pod, Puller};
use super::target::Target;
use super::tree::Node;

/// The longest text that is read, in bytes: 10,000 pods with all that is around them have some hundred megabytes.
pub const MAX_PODS: usize = 256 << 20;

/// How many containers are kept; each takes some kilobytes.
const MOST_IMAGES: usize = 100_000;

/// A pod as it was seen, or what creates pods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodSeen {
    /// Its name, account, secrets and node.
    pub pod: Pod,
    /// What runs in it.
    pub containers: Vec<Container>,
    /// What was said of pulls that fail: the states of its containers first, then events, the oldest first.
    pub messages: Vec<PodMessage>,
    /// What was said of pull secrets that the kubelet did not find, whether its images were pulled or not.
    #[serde(default)]
    pub lost_secrets: Vec<PodMessage>,
    /// Its node, where it is known.
    pub node: Option<NodeSeen>,
    /// The pull secrets of its service account, where the account is known.
    pub account_secrets: Option<Vec<String>>,
    /// Whether secrets that are not known are not there: the cluster was asked.
    pub asked: bool,
    /// Where a secret that it names is instead: its name, and the other namespaces.
    pub elsewhere: Vec<(String, Vec<String>)>,
    /// Whether it only creates pods.
    pub is_template: bool,
    /// Whether it has containers of which no image can be read.
    #[serde(default)]
    pub is_partly_read: bool,
    /// Whether secrets of its namespace stand in what was given, so that those that do not are likely not there.
    #[serde(default)]
    pub namespace_listed: bool,
    /// Whether it was read from a cluster, and not written by hand.
    #[serde(default)]
    pub is_in_cluster: bool,
    /// Those pull secrets of its service account that are known, where it names none itself.
    #[serde(default)]
    pub account_known: Vec<PullSecret>,
    /// The role to pull with that its service account names.
    #[serde(default)]
    pub pull_role: Option<String>,
    /// Whether something made it, and makes another one where it is deleted.
    #[serde(default)]
    pub is_owned: bool,
}

impl PodSeen {
    /// Whether a pull secret that it names is not there, as far as can be seen.
    pub fn lacks(&self, secret: &str) -> bool {
        let is_known = self.pod.secrets.iter().any(|known| known.name == secret);
        let is_elsewhere = || self.elsewhere.iter().any(|(other, _)| other == secret);
        !is_known && (self.asked || self.is_in_cluster && (self.namespace_listed || is_elsewhere()))
    }
}

/// A container of a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: Target,
    /// Why it waits: `ImagePullBackOff` and so on.
    pub waits: Option<String>,
    /// Whether it has its image.
    pub pulled: bool,
    /// Whether its image is on the node, whoever pulled it.
    #[serde(default)]
    pub is_on_node: bool,
}

impl Container {
    /// Whether it waits for its image, which could not be pulled.
    pub fn waits_for_image(&self) -> bool {
        self.waits.as_deref().is_some_and(is_of_a_pull)
    }
}

/// A node, as far as it decides who pulls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeSeen {
    /// Its name.
    pub name: String,
    /// The kubelet's version.
    pub kubelet: Option<String>,
    /// Whether it is an EC2 instance.
    pub is_ec2: bool,
    /// Whether it is Fargate's.
    pub is_fargate: bool,
    /// Whether it is EKS's.
    pub is_eks: bool,
}

/// The containers in a pod's specification, and in its status.
const KINDS: [(&str, &str); 3] = [
    ("initContainers", "initContainerStatuses"),
    ("containers", "containerStatuses"),
    ("ephemeralContainers", "ephemeralContainerStatuses"),
];

/// Reads the pods in a file. `around` is what the cluster has besides, as kubectl prints it.
///
/// # Errors
/// [`TargetError`], as for other files, and where there is no pod in it.
pub fn pods(name: &str, text: &str, around: Option<&str>) -> Result<Vec<PodSeen>, TargetError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > MAX_PODS {
        return Err(TargetError::TooLarge { file: name.to_owned(), megabytes: MAX_PODS >> 20 });
    }
    let no_variable = |_: &str| None;
    let mut own = Context::new(name, text, &no_variable);
    let objects = Objects::read(name, text).map_err(|error| own.syntax(error))?;
    let other_text = around.unwrap_or_default();
    let others = Objects::read("kubectl.json", other_text).unwrap_or_default();
    let other = Context::new("kubectl", other_text, &no_variable);
    let mut cluster = Cluster::default();
    let mut index = Index::of(&objects, |object| cluster.extend(Cluster::of(&own, &[object])))
        .map_err(|error| own.syntax(error))?;
    let mut more = Cluster::default();
    let mut other_index =
        Index::of(&others, |object| more.extend(Cluster::of(&other, &[object]))).unwrap_or_default();
    cluster.add(more);
    let (mut found, mut images) = (Vec::new(), 0);
    for at in std::mem::take(&mut index.creators) {
        let Some(Ok(object)) = objects.get(at) else { continue };
        let Some(spec) = pod_spec(&object) else { continue };
        let mut pod = read(&mut own, &object, spec, &cluster);
        images += pod.containers.len();
        if images > MOST_IMAGES {
            let message = format!("its pods have more than {MOST_IMAGES} containers");
            return Err(TargetError::Limit { place: own.place(object.at), message });
        }
        let written: Vec<&str> = containers(spec).filter_map(|one| one.text_of("image")).collect();
        let pulling: Vec<Pulling<'_>> = pod
            .containers
            .iter()
            .zip(&written)
            .map(|(one, image)| Pulling { name: &one.name, image, has_image: one.pulled })
            .collect();
        let (near, around_it) = (index.near(&objects, &object), other_index.near(&others, &object));
        let (near, around_it): (Vec<&Node>, Vec<&Node>) = (near.iter().collect(), around_it.iter().collect());
        let both = [(&own, near.as_slice()), (&other, around_it.as_slice())];
        let (events, lost) = pod_messages::of_events(&both, &object, &pulling, &pod.messages);
        pod.messages.extend(events);
        pod.lost_secrets = lost;
        pod.asked = around.is_some();
        if let Some(node) = pod.pod.node.as_deref().and_then(|name| node(name, near.iter().chain(&around_it)))
        {
            let on_it: Vec<&str> = images_of(node).collect();
            for (container, image) in pod.containers.iter_mut().zip(&written) {
                container.is_on_node =
                    on_it.contains(image) || on_it.contains(&container.image.image().as_str());
            }
            pod.node = Some(node_seen(node));
        }
        found.push(pod);
    }
    // Of a pod without an image that can be read nothing can be said: that is no good news.
    if !objects.is_empty_list() && found.iter().all(|pod| pod.containers.is_empty()) {
        return Err(TargetError::NoPod { file: name.to_owned() });
    }
    Ok(found)
}

fn read(context: &mut Context<'_>, object: &Node, spec: &Node, cluster: &Cluster) -> PodSeen {
    let pod = cluster.pod(object, spec);
    let namespace = pod.namespace.clone().unwrap_or_default();
    let account = pod.service_account.as_deref().unwrap_or("default");
    let owners = object.at(&["metadata", "ownerReferences"]).and_then(Node::items).unwrap_or_default();
    let elsewhere = pod
        .pull_secrets
        .iter()
        .filter(|name| !pod.secrets.iter().any(|secret| secret.name == **name))
        .map(|name| (name.clone(), cluster.elsewhere(&namespace, name)))
        .filter(|(_, others)| !others.is_empty())
        .collect();
    let kind = object.text_of("kind").unwrap_or("Pod");
    let mut messages = Vec::new();
    let status = object.get("status");
    let mut seen = Vec::new();
    // Anything else than a list has no items.
    let mut is_partly_read = spec.get("containers").is_none_or(|all| all.items().is_none());
    for (specified, states) in KINDS {
        let states = status.map(|status| status.items_of(states)).unwrap_or_default();
        for container in spec.items_of(specified) {
            let name = container.owned("name").unwrap_or_default();
            let state = states.iter().find(|state| state.text_of("name") == Some(name.as_str()));
            // A file that was written by hand need not name it.
            let state = state.or_else(|| states.first().filter(|_| states.len() == 1 && name.is_empty()));
            let Some((image, written)) =
                container.get("image").and_then(|image| Some((image, image.text()?)))
            else {
                is_partly_read = true;
                continue;
            };
            let policy = container.owned("imagePullPolicy");
            let puller = Puller::Kubelet(Pod { pull_policy: policy, ..pod.clone() });
            let Some(target) = context.image(image, puller).cloned() else { continue };
            let has_image = state.is_some_and(pod_messages::has_image);
            let pulling = Pulling { name: &name, image: written, has_image };
            messages.extend(state.and_then(|state| pod_messages::of_state(context, state, &pulling)));
            seen.push(Container {
                image: target,
                waits: state.and_then(|state| state.at(&["state", "waiting"])?.owned("reason")),
                pulled: has_image,
                is_on_node: false,
                name,
            });
        }
    }
    PodSeen {
        account_secrets: cluster.account_secrets(&namespace, account).map(<[String]>::to_vec),
        is_in_cluster: is_in_cluster(object),
        namespace_listed: cluster.lists_secrets_of(&namespace),
        account_known: match pod.pull_secrets.is_empty() {
            true => cluster.secrets_of_account(&namespace, account),
            false => Vec::new(),
        },
        pull_role: cluster.pull_role(&namespace, account).map(str::to_owned),
        is_owned: !owners.is_empty(),
        pod,
        containers: seen,
        messages,
        lost_secrets: Vec::new(),
        node: None,
        asked: false,
        elsewhere,
        is_template: kind != "Pod",
        is_partly_read,
    }
}

/// The containers of a pod's specification whose image can be read, in the order in which they are read.
fn containers(spec: &Node) -> impl Iterator<Item = &Node> {
    let all = KINDS.iter().flat_map(|(specified, _)| spec.items_of(specified));
    all.filter(|container| container.text_of("image").is_some_and(|image| !image.trim().is_empty()))
}

/// The names of the images that a node has, as far as it tells: it tells 50.
fn images_of(node: &Node) -> impl Iterator<Item = &str> {
    let images = node.get("status").map(|status| status.items_of("images")).unwrap_or_default();
    images.iter().flat_map(|image| image.items_of("names")).filter_map(Node::text)
}

fn node<'a>(name: &str, objects: impl Iterator<Item = &'a &'a Node>) -> Option<&'a Node> {
    let mut nodes = objects.filter(|object| object.text_of("kind") == Some("Node"));
    nodes.find(|node| node.at(&["metadata", "name"]).and_then(Node::text) == Some(name)).copied()
}

fn node_seen(node: &Node) -> NodeSeen {
    let labels = node.at(&["metadata", "labels"]).and_then(Node::members).unwrap_or_default();
    let label =
        |wanted: &str| labels.iter().find(|(name, _)| name == wanted).and_then(|(_, value)| value.text());
    let provider = node.at(&["spec", "providerID"]).and_then(Node::text).unwrap_or_default();
    let is_fargate =
        label("eks.amazonaws.com/compute-type") == Some("fargate") || provider.contains("/fargate-");
    NodeSeen {
        name: node.at(&["metadata", "name"]).and_then(Node::text).unwrap_or_default().to_owned(),
        kubelet: node.at(&["status", "nodeInfo"]).and_then(|info| info.owned("kubeletVersion")),
        is_ec2: provider.starts_with("aws:") && !is_fargate,
        is_fargate,
        is_eks: labels.iter().any(|(name, _)| name.starts_with("eks.amazonaws.com/"))
            || node
                .at(&["status", "nodeInfo"])
                .and_then(|info| info.text_of("kubeletVersion"))
                .is_some_and(|version| version.contains("-eks-")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-1","namespace":"shop"},
"spec":{"nodeName":"n1","serviceAccountName":"web","imagePullSecrets":[{"name":"regcred"},{"name":"gone"}],
 "containers":[{"name":"web","image":"123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1"},{"name":"side","image":"busybox"}]},
"status":{"containerStatuses":[
 {"name":"web","image":"x","state":{"waiting":{"reason":"ImagePullBackOff","message":"Back-off pulling image"}}},
 {"name":"side","imageID":"docker.io/x@sha256:0","state":{"running":{}}}]}}"#;

    const AROUND: &str = r#"{"kind":"List","apiVersion":"v1","items":[
 {"kind":"Event","metadata":{"name":"b"},"involvedObject":{"kind":"Pod","name":"web-1","namespace":"shop"},"reason":"Failed","message":"no basic auth credentials","lastTimestamp":"2026-02-11T09:15:00Z"},
 {"kind":"Event","metadata":{"name":"a"},"regarding":{"kind":"Pod","name":"web-1","namespace":"shop"},"reason":"Pulling","note":"Pulling image","eventTime":"2026-02-11T09:14:00Z"},
 {"kind":"Event","metadata":{"name":"c"},"involvedObject":{"kind":"Pod","name":"web-2","namespace":"shop"},"reason":"Failed","message":"another pod"},
 {"kind":"ServiceAccount","metadata":{"name":"web","namespace":"shop"},"imagePullSecrets":[{"name":"late"}]},
 {"kind":"Secret","metadata":{"name":"gone","namespace":"other"},"type":"kubernetes.io/dockerconfigjson","data":{".dockerconfigjson":"e30="}},
 {"kind":"Node","metadata":{"name":"n1","labels":{"eks.amazonaws.com/nodegroup":"g"}},"spec":{"providerID":"aws:///eu-west-1a/i-0"},"status":{"nodeInfo":{"kubeletVersion":"v1.34.2-eks-1"}}}]}"#;

    #[test]
    fn a_pod_is_read_with_what_is_around_it() {
        let found = pods("pod.json", POD, Some(AROUND)).unwrap();
        let [pod] = found.as_slice() else { panic!("{found:?}") };
        let containers: Vec<_> =
            pod.containers.iter().map(|one| (one.name.as_str(), one.waits.as_deref(), one.pulled)).collect();
        assert_eq!(containers, [("web", Some("ImagePullBackOff"), false), ("side", None, true)]);
        let messages: Vec<_> =
            pod.messages.iter().map(|said| (said.place.file.as_str(), said.text.as_str())).collect();
        assert_eq!(
            messages,
            [
                ("pod.json", "ImagePullBackOff: Back-off pulling image"),
                ("kubectl", "Failed: no basic auth credentials"),
            ]
        );
        assert_eq!(pod.account_secrets.as_deref(), Some(&["late".to_owned()][..]));
        assert_eq!(pod.elsewhere, [("gone".to_owned(), vec!["other".to_owned()])]);
        let node = pod.node.clone().unwrap();
        assert!(node.is_ec2 && node.is_eks && !node.is_fargate && pod.asked && !pod.is_template);
        assert_eq!(node.kubelet.as_deref(), Some("v1.34.2-eks-1"));
    }

    #[test]
    fn what_creates_pods_is_read_too() {
        let template = r#"{"spec":{"containers":[{"name":"a","image":"public.ecr.aws/a/b"}]}}"#;
        for (kind, spec) in [
            ("Deployment", format!(r#"{{"template":{template}}}"#)),
            ("StatefulSet", format!(r#"{{"template":{template}}}"#)),
            ("Job", format!(r#"{{"template":{template}}}"#)),
            ("CronJob", format!(r#"{{"jobTemplate":{{"spec":{{"template":{template}}}}}}}"#)),
        ] {
            let text =
                format!(r#"{{"kind":"{kind}","apiVersion":"x","metadata":{{"name":"n"}},"spec":{spec}}}"#);
            let found = pods("x.json", &text, None).unwrap();
            assert!(found[0].is_template && found[0].containers.len() == 1, "{kind}");
            assert_eq!(found[0].pod.object, format!("{kind}/n"));
        }
        for nothing in [
            r#"{"kind":"Node","apiVersion":"v1"}"#,
            r#"{"kind":"Pod","spec":{"containers":"x"}}"#,
            r#"{"kind":"Pod","spec":{"containers":[]}}"#,
            r#"{"kind":"Pod","spec":{"containers":[{"name":"web","image":{"x":1}}]}}"#,
            r#"{"Records":[{"eventName":"BatchGetImage"}]}"#,
        ] {
            let read = pods("x.json", nothing, None);
            assert!(matches!(read, Err(TargetError::NoPod { .. })), "{nothing}: {read:?}");
        }
        let bare = r#"[{"kind":"Pod","spec":{"containers":[{"name":"a","image":"busybox"}]}}]"#;
        assert_eq!(pods("x.json", bare, None).unwrap().len(), 1);
        // An empty namespace is no mistake.
        assert_eq!(pods("x.json", r#"{"kind":"List","apiVersion":"v1","items":[]}"#, None), Ok(Vec::new()));
        let partly = r#"{"kind":"Pod","spec":{"containers":[{"name":"a","image":"busybox"},{"name":"b"}]}}"#;
        let found = pods("x.json", partly, None).unwrap();
        assert!(found[0].is_partly_read && found[0].containers.len() == 1);
        assert!(matches!(pods("x.json", "{", None), Err(TargetError::Syntax { .. })));
    }
}
