//! A pull secret is made of an ECR password once, and nothing renews it.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::pull_secrets;
use crate::hit::{Hit, Spot};
use crate::infrastructure::InScope;
use crate::infrastructure::datum::Datum;
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

/// Where a value uses an authorization token, also through locals.
fn token(stack: &InScope<'_>, body: &Datum) -> Option<std::ops::Range<usize>> {
    let is_token = |name: &str| {
        name.starts_with("data.aws_ecr_authorization_token.")
            || name.starts_with("data.aws_ecrpublic_authorization_token.")
    };
    let mut found = None;
    body.walk("", &mut |_, datum| {
        let Some(name) = datum.reference() else { return };
        let is_of_token = is_token(name) || {
            let followed = stack.scope.follow(datum).datum;
            !std::ptr::eq(followed, datum) && followed.names(&is_token)
        };
        if is_of_token && found.is_none() {
            found = Some(datum.bytes.clone());
        }
    });
    found
}
