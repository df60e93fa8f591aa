//! A setting that wants a repository's name and gets its URI.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::{fixing, repository_names, spot};
use crate::hit::Hit;
use crate::jobs::repository_settings;
use crate::rule::{Examined, Rule};

/// `repo-name-includes-registry`
pub static RULE: Rule = Rule { id: DiagnosisId::RepoNameIncludesRegistry, look };

const TITLE: &str = "a repository's name is wanted, and the registry stands in front of it";

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let given = repository_names::with_registry(examined).into_iter();
    given
        .chain(repository_settings::with_registry(examined))
        .map(|(bytes, host)| {
            let edit =
                host.map(|host| fixing::safe("Leave the registry out", vec![fixing::replace(host, "")]));
            Hit::new(
                Severity::Error,
                TITLE,
                vec![spot(examined, bytes, "the registry is put in front again")],
            )
            .with_edit(edit)
        })
        .collect()
}
