//! `tokenAttributes`: service accounts' tokens, which later kubelets send along.

use super::problem::Problems;
use super::typed::{Text, has_items, text, texts, unknown};
use crate::kubelet::document::{Field, Kind, Value};
use crate::kubelet::names::{IRSA_ANNOTATION, ROLE_ANNOTATION, is_qualified_name};
use crate::kubelet::version::{KubeletVersion, TokenSupport};

const FIELDS: [&str; 5] = [
    "cacheType",
    "optionalServiceAccountAnnotationKeys",
    "requireServiceAccount",
    "requiredServiceAccountAnnotationKeys",
    "serviceAccountTokenAudience",
];

/// Checks them.
pub fn check(field: &Field, version: KubeletVersion, config_api: &str, api: &str, problems: &mut Problems) {
    let at = field.key.start;
    if version.tokens() == TokenSupport::Unknown {
        return problems.stops(
            at,
            format!("the kubelet of {version} does not know `tokenAttributes`"),
            "remove it, or update the nodes to Kubernetes 1.34",
        );
    }
    if !config_api.is_empty() && config_api != "v1" {
        problems.stops(
            at,
            format!("`tokenAttributes` is no field of {config_api}"),
            "apiVersion: kubelet.config.k8s.io/v1",
        );
    }
    if field.value.kind == Kind::Null {
        return;
    }
    if version.tokens() == TokenSupport::Gated {
        problems.risk(
            at,
            "in 1.33 this needs --feature-gates=KubeletServiceAccountTokenForCredentialProviders=true",
            "update the nodes to Kubernetes 1.34, where it is on",
        );
    }
    if !api.is_empty() && api != "v1" {
        problems.stops(
            at,
            format!("`tokenAttributes` needs a provider of version v1, and this one's is {api}"),
            "apiVersion: credentialprovider.kubelet.k8s.io/v1",
        );
    }
    let tokens = &field.value;
    if tokens.fields().is_none() {
        return problems.stops(
            field.place(),
            "`tokenAttributes` has fields",
            "serviceAccountTokenAudience: sts.amazonaws.com",
        );
    }
    unknown(tokens, &FIELDS, "tokenAttributes", problems);
    audience(tokens, at, problems);
    let requires = required(tokens, at, problems);
    cache_type(tokens, at, version, problems);
    keys(tokens, at, requires, problems);
}

fn audience(tokens: &Value, at: usize, problems: &mut Problems) {
    let name = "serviceAccountTokenAudience";
    let right = "serviceAccountTokenAudience: sts.amazonaws.com";
    let place = tokens.set(name).map_or(at, Field::place);
    match text(tokens, name, problems) {
        Text::Wrong => {}
        Text::Missing | Text::Is("") => {
            problems.stops(place, "`serviceAccountTokenAudience` is missing", right);
        }
        Text::Is(audience) if audience.trim().is_empty() => {
            problems.risk(
                place,
                "`serviceAccountTokenAudience` names nobody: AWS takes no such token",
                right,
            );
        }
        Text::Is(_) => {}
    }
}

fn required(tokens: &Value, at: usize, problems: &mut Problems) -> Option<bool> {
    let Some(field) = tokens.set("requireServiceAccount") else {
        problems.stops(
            at,
            "`requireServiceAccount` is missing",
            "requireServiceAccount: false, so that static pods are served as well",
        );
        return None;
    };
    if let Kind::Bool(requires) = field.value.kind {
        return Some(requires);
    }
    let fix = match field.value.text() {
        Some("true") => "without quotes: requireServiceAccount: true",
        Some("false") => "without quotes: requireServiceAccount: false",
        _ => "requireServiceAccount: false",
    };
    problems.stops(field.place(), "`requireServiceAccount` is true or false, and no text", fix);
    None
}

fn cache_type(tokens: &Value, at: usize, version: KubeletVersion, problems: &mut Problems) {
    let right = "cacheType: ServiceAccount";
    let name = "cacheType";
    if version.tokens() == TokenSupport::Gated {
        if let Some(field) = tokens.get(name) {
            problems.stops(
                field.key.start,
                "the kubelet of 1.33 does not know `cacheType`",
                "remove it, or update the nodes to Kubernetes 1.34",
            );
        }
        return;
    }
    let place = tokens.set(name).map_or(at, Field::place);
    match text(tokens, name, problems) {
        Text::Wrong | Text::Is("ServiceAccount") => {}
        Text::Missing => {
            problems.stops(place, "`cacheType` is missing, which is required from 1.34 on", right);
        }
        Text::Is("Token") => problems.risk(
            place,
            "with `Token`, every pod and every renewed token is a call to AWS; ECR's credentials depend on the account alone",
            right,
        ),
        Text::Is(_) => problems.stops(place, "`cacheType` is ServiceAccount or Token", right),
    }
}

fn keys(tokens: &Value, at: usize, requires: Option<bool>, problems: &mut Problems) {
    let required = texts(tokens, "requiredServiceAccountAnnotationKeys", problems);
    let optional = texts(tokens, "optionalServiceAccountAnnotationKeys", problems);
    let mut seen: Vec<&str> = Vec::new();
    for (at, key) in required.iter().chain(&optional).copied() {
        if !is_qualified_name(key) {
            problems.stops(at, format!("`{key}` is no name of an annotation"), ROLE_ANNOTATION);
        }
        if seen.contains(&key) {
            problems.stops(
                at,
                format!("`{key}` is there twice"),
                "an annotation is required or optional, once",
            );
        } else {
            seen.push(key);
        }
    }
    let name = "requiredServiceAccountAnnotationKeys";
    if requires == Some(false) && has_items(tokens, name) {
        problems.stops(
            tokens.get(name).map_or(at, |field| field.key.start),
            "annotations cannot be required where the service account is not",
            "requireServiceAccount: true, or optionalServiceAccountAnnotationKeys",
        );
    }
    let names_role = |key: &&str| [ROLE_ANNOTATION, IRSA_ANNOTATION].contains(key);
    let right = format!("optionalServiceAccountAnnotationKeys: [\"{ROLE_ANNOTATION}\"]");
    if seen.is_empty() {
        problems.risk(
            at,
            "no annotation that names a role is listed, so none reaches the provider: it pulls with the node's role, or AWS_ECR_ROLE_ARN",
            right,
        );
    } else if !seen.iter().any(names_role) {
        problems.remark(
            at,
            "none of these annotations is one that providers read by themselves; ours reads those that `role_annotations` in its configuration lists",
            right,
        );
    }
}
