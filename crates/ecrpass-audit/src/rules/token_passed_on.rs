//! An ECR password that is handed to later steps or jobs, where it is stored and not masked.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::{passed_on, spot};
use crate::hit::Hit;
use crate::jobs::handed_on;
use crate::rule::{Examined, Rule};

/// `token-passed-on`
pub static RULE: Rule = Rule { id: DiagnosisId::TokenPassedOn, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let title = "the ECR password is handed on in clear text";
    let by_scripts = passed_on::by_scripts(examined).into_iter();
    let mut hits: Vec<Hit> = by_scripts
        .map(|bytes| {
            Hit::new(
                Severity::Warning,
                title,
                vec![spot(examined, bytes, "kept with the run, and not masked")],
            )
        })
        .collect();
    hits.extend(handed_on::hits(examined));
    hits
}
