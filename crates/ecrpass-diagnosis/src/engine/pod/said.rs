//! What was said of a pod, as a log to explain, and where each line of it stands.

use crate::finding::{Finding, safe};
use crate::inputs::PodSeen;

/// What was said, and what it means.
pub struct Said {
    /// All of it, in lower case.
    pub text: String,
    /// The causes in it, best first.
    pub findings: Vec<Finding>,
    /// Whether it is about a pull that failed.
    pub tells_of_a_pull: bool,
}

/// What pods' messages and events have in them when a pull fails.
const PULLS: [&str; 6] = [
    "failed to pull image",
    "errimagepull",
    "imagepullbackoff",
    "errimageneverpull",
    "failedtoretrieveimagepullsecret",
    "back-off pulling image",
];

/// Explains what was said of a pod.
pub fn of(pod: &PodSeen, explain: &dyn Fn(&str, &str) -> Vec<Finding>) -> Said {
    // A line each, so that a line of a finding is one of them.
    let lines: Vec<String> = pod.messages.iter().map(|(_, text)| text.replace(['\n', '\r'], " ")).collect();
    let text = lines.join("\n");
    let mut findings = match text.trim().is_empty() {
        true => Vec::new(),
        false => explain(&pod.pod.object, &format!("{}\n{text}\n", beginning(pod))),
    };
    for evidence in findings.iter_mut().flat_map(|finding| &mut finding.evidence) {
        let at = evidence.line.and_then(|line| pod.messages.get(line.checked_sub(2)?));
        match at {
            Some((place, _)) => {
                evidence.source.clone_from(&place.file);
                (evidence.line, evidence.column) = (Some(place.line), Some(place.column));
            }
            None => (evidence.line, evidence.column) = (None, None),
        }
    }
    let text = text.to_ascii_lowercase();
    let tells_of_a_pull = PULLS.iter().any(|pull| text.contains(pull));
    Said { text, findings, tells_of_a_pull }
}

/// What the log of a pod begins with: whose it is, so that the commands are for this one.
fn beginning(pod: &PodSeen) -> String {
    let name = pod.pod.object.rsplit('/').next().filter(|_| !pod.is_template).and_then(safe);
    match (pod.pod.namespace.as_deref().and_then(safe), name) {
        (Some(namespace), Some(name)) => {
            format!("kubelet Successfully assigned {namespace}/{name} to a node")
        }
        _ => "kubelet".to_owned(),
    }
}
