//! What the node's credential provider asks AWS with: the role of the node, or that of the pod's service account.
//!
//! Source: KEP-4412; kubernetes/cloud-provider-aws `cmd/ecr-credential-provider/main.go`.

use crate::inputs::{Container, PodSeen};

/// The kubelet from which on providers are given service accounts, unless a gate is closed: 1.34.
const GIVES_ACCOUNTS: u32 = 34;

/// How a provider's own call reads with which it takes the role of a service account, in lower case.
const TAKES_THE_ROLE: [&str; 2] = ["assumerolewithwebidentity", "request tokens for this audience"];

/// What the third step is, and what it does. `said` is what was said of the pod, in lower case.
pub fn words(pod: &PodSeen, container: &Container, said: &str) -> (&'static str, String) {
    let of = "the node's credential provider";
    let registry = container.image.registry.is_some();
    let kubelet = pod.node.as_ref().and_then(|node| node.kubelet.as_deref());
    let version = kubelet.map_or_else(String::new, |version| format!(" (kubelet {version})"));
    if pod.node.as_ref().is_some_and(|node| node.is_fargate) {
        return (
            "Fargate",
            format!(
                "with the pod execution role of the Fargate profile; its nodes cannot be configured{version}"
            ),
        );
    }
    if registry && let Some(detail) = with_account(pod, kubelet, said) {
        return (of, format!("{detail}{version}"));
    }
    let Some(node) = &pod.node else {
        let role = if registry { ", with the node's role" } else { "" };
        return (of, format!("if the kubelet has one whose matchImages matches the host{role}"));
    };
    let detail = match (node.is_eks, node.is_ec2, registry) {
        (_, _, false) => "not for this host, unless its matchImages says so",
        (true, _, true) => "ecr-credential-provider of the EKS image, with the node's role",
        (false, true, true) => {
            "with the role of the EC2 instance, if the kubelet has one: --image-credential-provider-config"
        }
        (false, false, true) => {
            "this node is no EC2 instance: only if the kubelet was given a provider and AWS credentials"
        }
    };
    (of, format!("{detail}{version}"))
}

/// The same where the role of a service account comes into it.
fn with_account(pod: &PodSeen, kubelet: Option<&str>, said: &str) -> Option<String> {
    let account = pod.pod.service_account.as_deref().unwrap_or("default");
    let shows = TAKES_THE_ROLE.iter().any(|call| said.contains(call));
    let is_too_old = kubelet.and_then(minor).is_some_and(|minor| minor < GIVES_ACCOUNTS);
    let role = match &pod.pull_role {
        Some(role) => format!("role {role}, which service account `{account}` names"),
        None if shows => format!("a role of service account `{account}`"),
        None => return None,
    };
    Some(if shows {
        format!("with {role}: the messages show that it asks for it")
    } else if is_too_old {
        format!("with the node's role: this kubelet is older than 1.34 and does not hand on {role}")
    } else {
        format!("with {role}, if its configuration has tokenAttributes; else with the node's role")
    })
}

/// `34` of `v1.34.2-eks-1`.
fn minor(version: &str) -> Option<u32> {
    let minor = version.trim_start_matches('v').strip_prefix("1.")?;
    minor.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
