//! `tokenAttributes`: service accounts' tokens, which later kubelets send along.

use super::fields::{strings, unknown};
use super::problem::Problems;
use super::written::Written;
use crate::inputs::tree::Node;
use crate::kubelet::generate::is_qualified_name;
use crate::kubelet::names::{IRSA_ANNOTATION, ROLE_ANNOTATION};
use crate::kubelet::version::{KubeletVersion, TokenSupport};

const FIELDS: [&str; 5] = [
    "cacheType",
    "optionalServiceAccountAnnotationKeys",
    "requireServiceAccount",
    "requiredServiceAccountAnnotationKeys",
    "serviceAccountTokenAudience",
];

/// Checks them.
pub fn check(
    tokens: &Node,
    version: KubeletVersion,
    config_api: &str,
    api: &str,
    problems: &mut Problems<'_>,
) {
    match version.tokens() {
        TokenSupport::Unknown => {
            return problems.stops(
                tokens.at,
                format!("the kubelet of {version} does not know `tokenAttributes`"),
                "remove it, or update the nodes to Kubernetes 1.34",
            );
        }
        TokenSupport::Gated => problems.risk(
            tokens.at,
            "in 1.33 this needs --feature-gates=KubeletServiceAccountTokenForCredentialProviders=true",
            "update the nodes to Kubernetes 1.34, where it is on",
        ),
        TokenSupport::On => {}
    }
    if !config_api.is_empty() && config_api != "v1" {
        problems.stops(
            tokens.at,
            format!("`tokenAttributes` is no field of {config_api}"),
            "apiVersion: kubelet.config.k8s.io/v1",
        );
    }
    if !api.is_empty() && api != "v1" {
        problems.stops(
            tokens.at,
            format!("`tokenAttributes` needs a provider of version v1, and this one's is {api}"),
            "apiVersion: credentialprovider.kubelet.k8s.io/v1",
        );
    }
    unknown(tokens, &FIELDS, "tokenAttributes", problems);
    let audience = tokens.get("serviceAccountTokenAudience");
    let at = audience.map_or(tokens.at, |node| node.at);
    let right = "serviceAccountTokenAudience: sts.amazonaws.com";
    match audience.and_then(Node::text).unwrap_or_default() {
        "" => problems.stops(at, "`serviceAccountTokenAudience` is missing", right),
        blank if blank.trim().is_empty() => {
            problems.never(at, "`serviceAccountTokenAudience` is blank: a token for nobody", right);
        }
        _ => audience.into_iter().for_each(|node| problems.wants_text(node)),
    }
    let requires = required(tokens, problems);
    cache_type(tokens, version, problems);
    keys(tokens, requires, problems);
}

fn required(tokens: &Node, problems: &mut Problems<'_>) -> Option<bool> {
    let Some(field) = tokens.get("requireServiceAccount").filter(|node| !node.is_null()) else {
        problems.stops(
            tokens.at,
            "`requireServiceAccount` is missing",
            "requireServiceAccount: false, so that static pods are served as well",
        );
        return None;
    };
    match problems.written(field) {
        Written::Boolean(value) => Some(value),
        Written::Text | Written::Number => {
            problems.stops(
                field.at,
                "`requireServiceAccount` is true or false, without quotes",
                "requireServiceAccount: false",
            );
            None
        }
    }
}

fn cache_type(tokens: &Node, version: KubeletVersion, problems: &mut Problems<'_>) {
    let right = "cacheType: ServiceAccount";
    match (tokens.get("cacheType"), version.tokens()) {
        (Some(field), TokenSupport::Gated) => problems.stops(
            field.at,
            "the kubelet of 1.33 does not know `cacheType`",
            "remove it, or update the nodes to Kubernetes 1.34",
        ),
        (None, TokenSupport::On) => {
            problems.stops(tokens.at, "`cacheType` is missing, which is required from 1.34 on", right);
        }
        (Some(field), _) => match field.text() {
            Some("ServiceAccount") => {}
            Some("Token") => problems.risk(
                field.at,
                "with `Token`, every pod and every renewed token is a call to AWS; ECR's credentials depend on the account alone",
                right,
            ),
            _ => problems.stops(field.at, "`cacheType` is ServiceAccount or Token", right),
        },
        (None, _) => {}
    }
}

fn keys(tokens: &Node, requires: Option<bool>, problems: &mut Problems<'_>) {
    let required = strings(tokens, "requiredServiceAccountAnnotationKeys", problems);
    let optional = strings(tokens, "optionalServiceAccountAnnotationKeys", problems);
    let mut seen: Vec<&str> = Vec::new();
    for field in ["requiredServiceAccountAnnotationKeys", "optionalServiceAccountAnnotationKeys"] {
        for item in tokens.items_of(field) {
            let Some(key) = item.text() else { continue };
            if !is_qualified_name(key) {
                problems.stops(item.at, format!("`{key}` is no name of an annotation"), ROLE_ANNOTATION);
            }
            if seen.contains(&key) {
                problems.stops(
                    item.at,
                    format!("`{key}` is there twice"),
                    "an annotation is required or optional, once",
                );
            }
            seen.push(key);
        }
    }
    if requires == Some(false) && !required.is_empty() {
        problems.stops(
            tokens.get("requiredServiceAccountAnnotationKeys").map_or(tokens.at, |node| node.at),
            "annotations cannot be required where the service account is not",
            "requireServiceAccount: true, or optionalServiceAccountAnnotationKeys",
        );
    }
    let names_role = |key: &String| [ROLE_ANNOTATION, IRSA_ANNOTATION].contains(&key.as_str());
    if !required.iter().chain(&optional).any(names_role) {
        problems.risk(
            tokens.at,
            "no annotation that names a role is listed, so none reaches the provider: it pulls with the node's role, or AWS_ECR_ROLE_ARN",
            format!("optionalServiceAccountAnnotationKeys: [\"{ROLE_ANNOTATION}\"]"),
        );
    }
}
