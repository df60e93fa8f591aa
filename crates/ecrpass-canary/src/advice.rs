//! What a canary says of a finding beyond the catalogue: what it means for a canary.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::{Finding, Fix};

/// Adds it.
pub fn advise(finding: &mut Finding) {
    let Some(id) = DiagnosisId::parse(&finding.id) else { return };
    let (consequence, fix) = match id {
        DiagnosisId::TagNotFound => (
            "Where this is the canary's own image, a lifecycle policy may have removed it: then workloads are not affected.",
            "pin the canary to a tag that no lifecycle rule touches",
        ),
        DiagnosisId::Throttled => (
            "Deployments meet the same limit.",
            "run fewer canaries, or with a longer --interval, if they are a large part of the calls",
        ),
        DiagnosisId::AwsServiceTransient => (
            "A single failure of this kind passes by itself: alarms want three of five.",
            "wait for the next runs",
        ),
        _ => return,
    };
    finding.consequences.push(consequence.to_owned());
    finding.fixes.push(Fix::by_hand(fix));
}
