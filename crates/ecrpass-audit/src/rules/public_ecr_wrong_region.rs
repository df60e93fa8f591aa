//! A login to ECR Public whose password is asked for in another region than us-east-1.

use ecrpass_core::DiagnosisId;
use ecrpass_core::registry::PUBLIC_REGION;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::{Scripted, fixing, scripts, spot};
use crate::deed::What;
use crate::deeds::arguments::option;
use crate::deeds::password;
use crate::hit::Hit;
use crate::known::{Known, has_hole};
use crate::rule::{Examined, Rule};
use crate::shell::Command;

/// `public-ecr-wrong-region`
pub static RULE: Rule = Rule { id: DiagnosisId::PublicEcrWrongRegion, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for scripted in scripts(examined).iter().filter(|scripted| !scripted.is_typed()) {
        for (_, command) in scripted.commands() {
            let Some(fetched) = password::fetch(command).filter(|fetched| fetched.is_public) else {
                continue;
            };
            let region =
                if fetched.region.is_unknown() { from_job(scripted, command) } else { fetched.region };
            let is_wrong = |region: &str| !has_hole(region) && region != PUBLIC_REGION && !region.is_empty();
            if region.is_unknown() || !region.alternatives().all(is_wrong) {
                continue;
            }
            let mut spots = vec![spot(examined, command.bytes.clone(), "asked in another region")];
            let mut edit = None;
            if let Some(named) = option(&command.words, &["--region"]) {
                spots.push(spot(examined, named.bytes.clone(), "only us-east-1 answers"));
                // A function's option is that of its other calls, too.
                let is_own = command.bytes.start <= named.bytes.start && named.bytes.end <= command.bytes.end;
                let written =
                    fixing::line_of(examined.file, &named.bytes).filter(|_| is_own).unwrap_or_default();
                let at = written.find(['=', ' ']).map(|at| at + 1);
                edit = at.map(|at| {
                    let bytes = named.bytes.start + at..named.bytes.end;
                    fixing::safe("Ask in us-east-1", vec![fixing::replace(bytes, PUBLIC_REGION)])
                });
            }
            let title = "passwords of ECR Public are handed out in us-east-1 only";
            hits.push(Hit::new(Severity::Error, title, spots).with_edit(edit));
        }
    }
    hits
}

/// The region that a step before set for the job.
fn from_job(scripted: &Scripted<'_>, command: &Command) -> Known {
    let before = scripted.deeds_before(command.bytes.start);
    let mut regions = before.into_iter().rev().filter_map(|deed| match deed.what {
        What::Credentials { region, .. } if !region.is_unknown() => Some(region),
        _ => None,
    });
    regions.next().unwrap_or(Known::Unknown)
}
