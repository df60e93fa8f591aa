//! A pull secret in a manifest whose login has expired: new pods that use it cannot pull.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::hit::Hit;
use crate::rule::{Examined, Rule};
use crate::stored::logins::{self, is_of_tests};
use crate::stored::pull_secret;

/// `k8s-pull-secret-expired`
pub static RULE: Rule = Rule { id: DiagnosisId::K8sPullSecretExpired, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let (file, now) = (examined.file, examined.tree.now);
    if is_of_tests(&file.path) {
        return Vec::new();
    }
    let expired = logins::of(file, examined.models.stored())
        .into_iter()
        .filter(|login| !login.is_live(now) && !login.fields.is_empty());
    expired
        .map(|login| {
            let title = format!("the pull secret's login for {} has expired", login.host());
            let documents = examined.models.yaml().unwrap_or_default();
            let secret = login.fields.first().and_then(|field| pull_secret::named(documents, field));
            Hit::new(Severity::Error, title, login.spots(file, now))
                .about(login.registry)
                .of_pull_secret(secret)
        })
        .collect()
}
