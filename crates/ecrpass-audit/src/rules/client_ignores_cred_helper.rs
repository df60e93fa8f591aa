//! Credentials are configured in a way that the client in use passes over: a pull secret that only names helpers, which
//! the kubelet does not run.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::ignored_store;
use crate::hit::{Hit, Spot};
use crate::kind::FileKind;
use crate::rule::{Examined, Rule};
use crate::stored::configs::{Holder, StoredConfig};
use crate::stored::pull_secret::has_only_helpers;
use crate::yaml::Node;

/// `client-ignores-cred-helper`
pub static RULE: Rule = Rule { id: DiagnosisId::ClientIgnoresCredHelper, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits: Vec<Hit> =
        examined.models.stored().configs.iter().filter_map(|config| pull_secret(examined, config)).collect();
    hits.extend(ignored_store::of(examined).into_iter().map(|ignored| {
        let title = format!("{} does not ask the helper of `credsStore`", ignored.client);
        let spots = vec![
            Spot::new(&examined.file.path, ignored.configured, "only docker asks this helper"),
            Spot::new(&examined.file.path, ignored.used, "no credentials here"),
        ];
        Hit::new(Severity::Warning, title, spots).about(ignored.registry).with_edit(ignored.edit)
    }));
    hits
}

fn pull_secret(examined: &Examined<'_>, config: &StoredConfig) -> Option<Hit> {
    let Holder::PullSecret(name) = &config.holder else { return None };
    if !has_only_helpers(config.passage.text(), config.format) {
        return None;
    }
    let used = used_by(examined, name)?;
    let title =
        format!("the pull secret {name} only names helpers, and the kubelet runs none of a pull secret");
    let bytes = if config.is_encoded {
        config.bytes.clone()
    } else {
        let text = config.passage.text();
        let at =
            ["credsStore", "credHelpers"].iter().filter_map(|key| text.find(key)).min().unwrap_or_default();
        let end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end);
        config.passage.places(at..end)
    };
    let mut spots = vec![Spot::new(&examined.file.path, bytes, "helpers, and no login")];
    spots.push(used);
    spots.push(Spot::new(&examined.file.path, config.bytes.clone(), "the pull secret"));
    Some(Hit::new(Severity::Warning, title, spots))
}

/// Where something pulls with that secret: a pod, or a service account.
fn used_by(examined: &Examined<'_>, name: &str) -> Option<Spot> {
    let here = std::iter::once(*examined);
    let others = examined.all().filter(|other| other.file.path != examined.file.path);
    here.chain(others).filter(|other| other.file.kind == FileKind::Kubernetes).find_map(|other| {
        if !other.file.text.contains("imagePullSecrets") {
            return None;
        }
        let documents = other.models.yaml().unwrap_or_default();
        let bytes = documents.iter().find_map(|document| puller(document, name, 0))?;
        Some(Spot::new(&other.file.path, bytes, "pulls with it"))
    })
}

fn puller(node: &Node, name: &str, depth: usize) -> Option<std::ops::Range<usize>> {
    if depth > 40 {
        return None;
    }
    if let Some(members) = node.members() {
        return members.iter().find_map(|(key, value)| {
            if key.text == "imagePullSecrets" {
                let named = value
                    .each()
                    .iter()
                    .find(|each| each.text_of("name") == Some(name) || each.text() == Some(name));
                return named.map(|named| named.bytes.clone());
            }
            puller(value, name, depth + 1)
        });
    }
    node.items()?.iter().find_map(|item| puller(item, name, depth + 1))
}
