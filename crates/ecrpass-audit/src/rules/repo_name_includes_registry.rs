//! A setting that wants a repository's name and gets its URI.

use ecrpass_core::DiagnosisId;
use ecrpass_core::registry::Registry;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::{fixing, repository_names, spot};
use crate::hit::Hit;
use crate::jobs::repository_settings;
use crate::rule::{Examined, Rule};
use crate::written_images;

/// `repo-name-includes-registry`
pub static RULE: Rule = Rule { id: DiagnosisId::RepoNameIncludesRegistry, look };

const TITLE: &str = "a repository's name is wanted, and the registry stands in front of it";

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits = doubled(examined);
    let given = repository_names::with_registry(examined).into_iter();
    hits.extend(given.chain(repository_settings::with_registry(examined)).map(|(bytes, host)| {
        let edit = host.map(|host| fixing::safe("Leave the registry out", vec![fixing::replace(host, "")]));
        Hit::new(Severity::Error, TITLE, vec![spot(examined, bytes, "the registry is put in front again")])
            .with_edit(edit)
    }));
    hits
}

/// Images with two hosts of ECR, one behind the other.
fn doubled(examined: &Examined<'_>) -> Vec<Hit> {
    let images = written_images::of_ecr(examined).into_iter();
    images
        .filter_map(|image| {
            let (first, rest) = image.text.split_once('/')?;
            let (second, _) = rest.split_once('/')?;
            let is_registry = |host: &str| Registry::parse(host).is_ok();
            if !is_registry(first) || !is_registry(second) {
                return None;
            }
            let edit = (first == second)
                .then(|| fixing::safe("Write it once", vec![fixing::replace(image.bytes.clone(), rest)]));
            let spots = vec![spot(examined, image.bytes.clone(), "two registries")];
            Some(
                Hit::new(Severity::Error, "the registry is in the image reference twice", spots)
                    .with_edit(edit),
            )
        })
        .collect()
}
