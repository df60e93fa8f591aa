//! A step needs a region and gets none.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::deed::What;
use crate::hit::Hit;
use crate::jobs::{active, has_variable, of_system, spot, uses};
use crate::known::Known;
use crate::pipeline::{Host, Job, is_plain_image};
use crate::rule::{Examined, Rule};
use crate::system::System;

/// `region-not-set`
pub static RULE: Rule = Rule { id: DiagnosisId::RegionNotSet, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    if of_system(examined, System::Github).is_none() {
        return Vec::new();
    }
    let mut hits: Vec<Hit> = uses(examined)
        .filter(|(_, _, uses)| {
            uses.name == "aws-actions/configure-aws-credentials" && uses.filled("aws-region").is_none()
        })
        .map(|(_, _, uses)| {
            let mut spots = vec![spot(examined, uses.bytes.clone(), "aws-region is required")];
            spots.extend(uses.inputs.first().map(|input| spot(examined, input.bytes.clone(), "beside this")));
            Hit::new(Severity::Error, "configure-aws-credentials has no aws-region", spots)
        })
        .collect();
    hits.extend(active(examined).filter_map(|job| without_region(examined, job)));
    hits
}

/// A password is fetched on a hosted machine on which nothing sets a region.
fn without_region(examined: &Examined<'_>, job: &Job) -> Option<Hit> {
    let is_container = job.container.as_ref().is_some_and(|(image, _)| !is_plain_image(image));
    if job.host.0 != Host::Hosted || job.is_part || is_container {
        return None;
    }
    for step in job.active_steps() {
        for deed in &step.deeds {
            match &deed.what {
                // Whatever brings credentials may set the region as well.
                What::Credentials { .. } | What::MayLogIn => return None,
                What::Fetch { region: Known::Unknown, is_public: false } if deed.path.is_none() => {
                    let names = ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_CONFIG_FILE"];
                    let is_set = names.iter().any(|name| has_variable(job, Some(step), name));
                    let written = examined.file.text.get(deed.bytes.clone()).unwrap_or_default();
                    if is_set || written.contains("--region") || written.contains("--profile") {
                        return None;
                    }
                    let spots =
                        vec![spot(examined, deed.bytes.clone(), "no --region, and no variable with one")];
                    return Some(Hit::new(
                        Severity::Error,
                        "the password is fetched without a region",
                        spots,
                    ));
                }
                _ => {}
            }
        }
    }
    None
}
