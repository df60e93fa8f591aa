//! The engines put together: doctor's checks with the reader of logs beside them, for one machine or several.

use ecrpass_core::time::EpochSeconds;

use crate::engine::doctor::{self, Examination};
use crate::engine::explain::{explain, explain_words};
use crate::engine::fleet::{Fleet, fleet};
use crate::engine::notice;
use crate::engine::pod::{self, PodReport};
use crate::facts::Bundle;
use crate::finding::Finding;
use crate::inputs::notices::notices;
use crate::inputs::{self, PodSeen};

/// Looks at all that was seen on a machine.
pub fn examine(bundle: &Bundle) -> Examination {
    let mut examination = doctor::examine(bundle, &explain_words);
    // The commands are for whoever sits at that machine.
    let system = bundle.machine.system();
    examination.findings = examination.findings.into_iter().map(|finding| finding.on(system)).collect();
    examination
}

/// Looks at bundles of several machines, each with its name.
pub fn examine_fleet(bundles: &[(String, Bundle)]) -> Fleet {
    fleet(bundles.iter().map(|(name, bundle)| (name.clone(), examine(bundle).findings)).collect())
}

/// Looks at a pod as it was seen at a time, in seconds since 1970.
pub fn examine_pod(pod: &PodSeen, now: EpochSeconds) -> PodReport {
    pod::examine(pod, now, &explain)
}

/// What a file with pods says of those that do not pull: the findings, each once, and why where there is none. `around`
/// is what the cluster has besides, as kubectl prints it; nothing is said of a file without pods.
pub fn explain_pods(
    name: &str,
    text: &str,
    around: Option<&str>,
    now: EpochSeconds,
) -> (Vec<Finding>, Vec<String>) {
    let seen = inputs::pods(name, text, around).unwrap_or_default();
    // What creates pods is looked at by doctor's own checks.
    let mut reports: Vec<PodReport> =
        seen.iter().filter(|pod| !pod.is_template).map(|pod| examine_pod(pod, now)).collect();
    reports.retain(|report| report.fails);
    let mut notes = Vec::new();
    for report in &reports {
        for image in &report.images {
            let Some(reason) = &image.reason else { continue };
            let said = image.said.as_ref().map(|said| format!(" ({said})")).unwrap_or_default();
            notes.push(format!("{}: {}: {reason}{said}", report.object, image.image));
        }
    }
    (pod::together(&mut reports), notes)
}

/// What an event, a stopped task, the state of a function, an alarm or a console says; none where the text is no such
/// thing, but a log, say, or where its words mean nothing by themselves.
pub fn explain_notice(source: &str, text: &str) -> Option<Vec<Finding>> {
    let notices = notices(source, text)?;
    let found = notice::examine(&notices, &explain);
    let is_open = found.is_empty() && notices.iter().any(|notice| !notice.said.is_empty());
    (!is_open).then_some(found)
}
