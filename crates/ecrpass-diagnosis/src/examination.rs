//! The engines put together: doctor's checks with the reader of logs beside them, for one machine or several.

use ecrpass_core::time::EpochSeconds;

use crate::engine::doctor::{self, Examination};
use crate::engine::explain::{explain, explain_words};
use crate::engine::fleet::{Fleet, fleet};
use crate::engine::notice;
use crate::engine::pod::{self, PodReport};
use crate::facts::Bundle;
use crate::finding::Finding;
use crate::inputs::PodSeen;
use crate::inputs::notices::notices;

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

/// What an event, a stopped task, the state of a function, an alarm or a console says; none where the text is no such
/// thing, but a log, say, or where its words mean nothing by themselves.
pub fn explain_notice(source: &str, text: &str) -> Option<Vec<Finding>> {
    let notices = notices(source, text)?;
    let found = notice::examine(&notices, &explain);
    let is_open = found.is_empty() && notices.iter().any(|notice| !notice.said.is_empty());
    (!is_open).then_some(found)
}
