//! A login that is used for longer than its password lives.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::{outliving, spot};
use crate::hit::Hit;
use crate::jobs::limits;
use crate::rule::{Examined, Rule};

/// `login-outlives-token`
pub static RULE: Rule = Rule { id: DiagnosisId::LoginOutlivesToken, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits: Vec<Hit> = outliving::of_file(examined)
        .into_iter()
        .map(|outliving| {
            let spots =
                outliving.places.into_iter().map(|(bytes, label)| spot(examined, bytes, label)).collect();
            Hit::new(Severity::Warning, outliving.title, spots)
        })
        .collect();
    hits.extend(limits::hits(examined));
    hits
}
