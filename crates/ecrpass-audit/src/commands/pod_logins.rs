//! Logins that one container of a pod makes and another one would need: each container has a home of its own.

use std::ops::Range;

use crate::commands::{Scripted, scripts};
use crate::deed::{Deed, What};
use crate::host::Host;
use crate::kind::FileKind;
use crate::rule::Examined;
use crate::yaml::Node;

/// How deep a manifest is looked through.
const DEEPEST: usize = 32;

/// The most containers of a pod that are looked at.
const MAX_CONTAINERS: usize = 32;

/// A login, and where another container pushes or pulls without it.
pub struct Unseen {
    /// The login.
    pub login: Range<usize>,
    /// The push or pull.
    pub used: Range<usize>,
    /// The host of the image.
    pub host: Host,
}

/// Those of the pods of a file.
pub fn unseen(examined: &Examined<'_>) -> Vec<Unseen> {
    if examined.file.kind != FileKind::Kubernetes {
        return Vec::new();
    }
    let all = scripts(examined);
    let mut found = Vec::new();
    for document in examined.models.yaml().unwrap_or_default() {
        pods(document, &all, &mut found, 0);
    }
    found
}

fn pods(node: &Node, all: &[Scripted<'_>], found: &mut Vec<Unseen>, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    if node.get("containers").is_some() {
        of_pod(node, all, found);
        return;
    }
    node.members().unwrap_or_default().iter().for_each(|(_, value)| pods(value, all, found, depth + 1));
    node.items().unwrap_or_default().iter().for_each(|item| pods(item, all, found, depth + 1));
}

fn of_pod(pod: &Node, all: &[Scripted<'_>], found: &mut Vec<Unseen>) {
    let containers: Vec<&Node> = ["initContainers", "containers"]
        .iter()
        .flat_map(|name| pod.items_of(name))
        .take(MAX_CONTAINERS)
        .collect();
    let logins: Vec<(&Node, Deed)> = containers
        .iter()
        .flat_map(|container| deeds(container, all).map(|deed| (*container, deed.clone())))
        .filter(|(_, deed)| matches!(deed.what, What::Login { .. }))
        .collect();
    if logins.is_empty() {
        return;
    }
    for used_by in containers {
        let may_log_in =
            |deed: &Deed| matches!(deed.what, What::Login { .. } | What::Helper { .. } | What::MayLogIn);
        if brings_configuration(used_by) || deeds(used_by, all).any(may_log_in) {
            continue;
        }
        let unseen = deeds(used_by, all).filter(|deed| !deed.has_own_login).find_map(|deed| {
            let (What::Push { image, client } | What::Pull { image, client }) = &deed.what else {
                return None;
            };
            let is_client =
                matches!(client.as_str(), "docker" | "podman" | "buildah" | "skopeo" | "crane" | "nerdctl");
            let host = image.alternatives().map(Host::of_image).next().filter(|host| host.is_private())?;
            let login = logins.iter().find(|(container, login)| {
                is_client && !shares_volume(pod, container, used_by) && is_for(login, &host)
            })?;
            Some(Unseen { login: login.1.bytes.clone(), used: deed.bytes.clone(), host })
        });
        found.extend(unseen);
    }
}

/// What a container's own script does.
fn deeds<'a>(container: &Node, all: &'a [Scripted<'a>]) -> impl Iterator<Item = &'a Deed> {
    let bytes = container.bytes.clone();
    all.iter()
        .flat_map(|scripted| scripted.deeds)
        .filter(move |deed| bytes.start <= deed.bytes.start && deed.bytes.end <= bytes.end)
}

fn is_for(login: &Deed, used: &Host) -> bool {
    let What::Login { host, .. } = &login.what else { return false };
    host.alternatives().map(Host::of_server).any(|host| host.is_private() && host.may_be(used))
}

/// Whether a container may have a configuration from elsewhere.
fn brings_configuration(container: &Node) -> bool {
    let names = ["DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "HOME", "DOCKER_AUTH_CONFIG"];
    let mounts = container.items_of("volumeMounts").iter().filter_map(|mount| mount.text_of("mountPath"));
    container.get("envFrom").is_some()
        || container
            .items_of("env")
            .iter()
            .any(|variable| variable.text_of("name").is_some_and(|name| names.contains(&name)))
        || mounts.into_iter().any(|path| {
            [".docker", "auth.json", "config.json", "containers"].iter().any(|part| path.contains(part))
                || matches!(path.trim_end_matches('/'), "/root" | "/kaniko" | "")
                || path.starts_with("/home")
        })
}

/// Whether two containers have a volume in common that one can write to: what the other has of it is not known.
fn shares_volume(pod: &Node, one: &Node, other: &Node) -> bool {
    let names = |container: &Node| -> Vec<String> {
        let mounts = container.items_of("volumeMounts").iter();
        mounts.filter_map(|mount| mount.text_of("name")).map(str::to_owned).collect()
    };
    let is_fixed = |name: &String| {
        let volume = pod.items_of("volumes").iter().find(|volume| volume.text_of("name") == Some(name));
        volume.is_some_and(|volume| {
            ["configMap", "secret", "projected", "downwardAPI"].iter().any(|kind| volume.get(kind).is_some())
                || volume
                    .at(&["hostPath", "path"])
                    .and_then(Node::text)
                    .is_some_and(|path| path.ends_with(".sock"))
        })
    };
    let of_other = names(other);
    names(one).iter().any(|name| of_other.contains(name) && !is_fixed(name))
}
