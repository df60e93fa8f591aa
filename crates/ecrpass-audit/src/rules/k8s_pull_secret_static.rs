//! A pull secret is made of an ECR password once, and nothing renews it.

use std::collections::HashSet;

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::pull_secrets;
use crate::hit::{Hit, Spot};
use crate::infrastructure::InScope;
use crate::infrastructure::datum::{Datum, DatumKind};
use crate::infrastructure::stack::Resource;
use crate::rule::{Examined, Rule};

/// `k8s-pull-secret-static`
pub static RULE: Rule = Rule { id: DiagnosisId::K8sPullSecretStatic, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits = by_commands(examined);
    let Some(stack) = examined.models.stack() else { return hits };
    let kinds = ["kubernetes_secret", "kubernetes_secret_v1", "kubernetes_manifest", "kubectl_manifest"];
    let secrets = stack.stack.resources.iter().filter(|resource| !resource.is_off && resource.is(&kinds));
    hits.extend(secrets.filter_map(|secret| terraform(examined, &stack, secret)));
    hits
}

/// `kubectl create secret docker-registry … --docker-password="$(aws ecr get-login-password)"`.
fn by_commands(examined: &Examined<'_>) -> Vec<Hit> {
    let title = "a pull secret is made of an ECR password, which is good for 12 hours, and nothing renews it";
    let made = pull_secrets::once_made(examined).into_iter();
    made.map(|(bytes, registry)| {
        let spot = Spot::new(&examined.file.path, bytes, "nothing renews it");
        Hit::new(Severity::Warning, title, vec![spot]).about(registry)
    })
    .collect()
}

fn terraform(examined: &Examined<'_>, stack: &InScope<'_>, secret: &Resource) -> Option<Hit> {
    let token = token(stack, &secret.body)?;
    let path = &examined.file.path;
    let title = "a pull secret is made of an ECR password, which is good for 12 hours from each apply";
    let spots = vec![
        Spot::new(path, secret.bytes.clone(), "nothing renews it"),
        Spot::new(path, token, "the password of the last apply"),
    ];
    Some(Hit::new(Severity::Warning, title, spots))
}

/// How many names are followed from one secret.
const MAX_NAMES: usize = 32;

/// Where a value uses an authorization token, also through locals, one after the other.
fn token(stack: &InScope<'_>, body: &Datum) -> Option<std::ops::Range<usize>> {
    let mut seen = HashSet::new();
    let mut found = None;
    body.walk("", &mut |_, datum| {
        let Some(name) = datum.reference() else { return };
        if found.is_none() && leads_to_token(stack, name, &mut seen) {
            found = Some(datum.bytes.clone());
        }
    });
    found
}

/// Whether a name is a token's, or a local's in whose value one is. Each local is looked into once.
fn leads_to_token(stack: &InScope<'_>, name: &str, seen: &mut HashSet<String>) -> bool {
    let is_token = |name: &str| {
        name.starts_with("data.aws_ecr_authorization_token.")
            || name.starts_with("data.aws_ecrpublic_authorization_token.")
    };
    if is_token(name) {
        return true;
    }
    let mut parts = name.split('.');
    let (Some("local"), Some(local)) = (parts.next(), parts.next()) else { return false };
    // Of the token itself some parts are no secret: its address, the user.
    if matches!(parts.next(), Some("proxy_endpoint" | "user_name" | "expires_at")) {
        return false;
    }
    let local = format!("local.{local}");
    if seen.len() >= MAX_NAMES || !seen.insert(local.clone()) {
        return false;
    }
    let reference = Datum::new(0..0, DatumKind::Reference(local));
    let followed = stack.scope.follow(&reference).datum;
    let mut names = Vec::new();
    followed.walk("", &mut |_, datum| names.extend(datum.reference().map(str::to_owned)));
    names.iter().any(|name| leads_to_token(stack, name, seen))
}
