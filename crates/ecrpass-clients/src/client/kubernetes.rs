//! What pulls on a node: the kubelet, containerd's CRI and the ECS agent. None of them runs a docker credential helper.

use std::path::PathBuf;

use ecrpass_core::sort::sort_by_key;

use super::environment::ClientEnvironment;
use super::files::load_leniently;
use super::loaded::Loaded;
use super::model::Model;
use super::request::Request;
use super::resolution::{Ending, Sent, Trace};
use crate::docker_config::{Dialect, Format};

pub(super) const KUBELET: Model = Model::new("kubelet", kubelet).aliases(&["kubernetes", "k8s"]).on_node();

pub(super) const CONTAINERD: Model =
    Model::new("containerd", containerd).title("containerd's CRI").aliases(&["ctr", "cri"]).on_node();

pub(super) const ECS_AGENT: Model =
    Model::new("ecs-agent", ecs_agent).title("the ECS agent").aliases(&["ecs"]).on_node();

/// `auths` of the files given (a pull secret's `.dockerconfigjson`), else of the node's own file. Source:
/// kubernetes/kubernetes `pkg/credentialprovider/keyring.go#BasicDockerKeyring.Add`, `#URLsMatch`, `config.go`.
fn kubelet(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    trace.found("rules", "kubernetes/kubernetes pkg/credentialprovider/keyring.go");
    let mut paths = request.configs.clone();
    if paths.is_empty() {
        let home = machine.environment().home();
        let directories = [
            Some(PathBuf::from("/var/lib/kubelet")),
            home.map(|home| home.join(".docker")),
            Some(PathBuf::from("/.docker")),
        ];
        paths = directories.into_iter().flatten().map(|directory| directory.join("config.json")).collect();
    }
    for path in paths {
        let Some(loaded) = load_leniently(machine, &path, Format::Current, Dialect::Go, trace) else {
            continue;
        };
        if !loaded.config.cred_helpers.is_empty() || loaded.config.creds_store.is_some() {
            trace.not_found("credHelpers and credsStore", "are ignored by the kubelet");
        }
        return kubelet_file(request, &loaded, trace);
    }
    trace.not_found(
        "credential provider",
        "cannot be seen from here; on a node of EKS, ecr-credential-provider supplies the credentials",
    );
    Ending::NOTHING
}

fn kubelet_file(request: &Request, loaded: &Loaded, trace: &mut Trace) -> Ending {
    let image = match &request.repository {
        Some(repository) => format!("{}/{repository}", request.host),
        None => request.host.clone(),
    };
    let mut entries: Vec<_> =
        loaded.config.auths_in_force().filter(|entry| kubelet_matches(&entry.key, &image)).collect();
    // Tried in reverse order of the keys, until a pull works.
    sort_by_key(&mut entries, |entry| std::cmp::Reverse(entry.key.as_str()));
    let Some(first) = entries.first() else {
        trace.not_found("auths", "has no entry whose pattern matches this image");
        return Ending::NOTHING;
    };
    let users: Vec<String> =
        entries.iter().filter_map(|entry| entry.credentials.user_for_kubelet()).collect();
    for entry in &entries {
        trace.found(
            format!("auths[\"{}\"]", entry.key),
            format!("matches this image ({})", loaded.at(entry.span.start)),
        );
    }
    if users.is_empty() {
        trace.not_found(
            format!("auths[\"{}\"]", first.key),
            "is empty: the kubelet tries a pull without credentials",
        );
        return Ending::NOTHING;
    }
    let named = vec![loaded.named(first)];
    Ending::Auths {
        file: loaded.path.clone(),
        entries: named,
        sent: Sent::Basic(users.into_iter().take(1).collect()),
    }
}

/// A pattern per label, the same number of labels, the same port, and the path as a plain prefix.
pub fn kubelet_matches(key: &str, image: &str) -> bool {
    let rest = key.split_once("://").map_or(key, |(_, rest)| rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = ["v1/", "v2/", "v1", "v2"].iter().find_map(|api| path.strip_prefix(api)).unwrap_or(path);
    let (image_host, image_path) = image.split_once('/').unwrap_or((image, ""));
    let split = |authority: &str| -> (String, String) {
        authority
            .rsplit_once(':')
            .map_or((authority.to_owned(), String::new()), |(h, p)| (h.to_owned(), p.to_owned()))
    };
    let ((pattern, pattern_port), (host, port)) = (split(host), split(image_host));
    let labels = pattern.split('.').count() == host.split('.').count();
    labels
        && pattern_port == port
        && pattern
            .split('.')
            .zip(host.split('.'))
            .all(|(pattern, label)| ecrpass_core::wildcard::matches(pattern, label))
        && image_path.starts_with(path)
}

/// Only what comes with the request. Source: containerd `internal/cri/server/images/image_pull.go#ParseAuth`.
fn containerd(_: &Request, _: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    trace.found("rules", "containerd internal/cri/server/images/image_pull.go#ParseAuth");
    trace.not_found(
        "files and helpers",
        "are ignored: containerd uses the credentials in the CRI request, which the kubelet fills in; `ctr` those of --user",
    );
    Ending::NOTHING
}

/// The execution or instance role, else static data in a variable. Source: aws/amazon-ecs-agent
/// `agent/dockerclient/dockerapi/docker_client.go#getAuthdata`, `dockerauth/dockerauth.go`.
fn ecs_agent(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    trace.found("rules", "aws/amazon-ecs-agent agent/dockerclient/dockerauth/dockerauth.go");
    if ecrpass_core::Registry::parse(&request.host).is_ok() {
        trace.found("task's ECR data", "the agent asks ECR with the execution role, or the instance's");
        return Ending::Helper {
            suffix: "ECS agent (execution role)".to_owned(),
            store: false,
            sent: Sent::HelpersAnswer,
        };
    }
    match machine.nonempty_var("ECS_ENGINE_AUTH_DATA") {
        Some(_) => {
            trace.found("ECS_ENGINE_AUTH_DATA", "is read as ECS_ENGINE_AUTH_TYPE says");
            Ending::Environment { variable: "ECS_ENGINE_AUTH_DATA", sent: Sent::HelpersAnswer }
        }
        None => {
            trace.not_found("ECS_ENGINE_AUTH_DATA", "is not set");
            Ending::NOTHING
        }
    }
}
