//! What was said of a pod's pulls, as a log to explain, and where each line of it stands.

use super::reason;
use crate::finding::{Confidence, Finding, safe};
use crate::inputs::{PodMessage, PodSeen};

/// What was said, and what it means.
pub struct Said {
    /// All of it, in lower case.
    pub text: String,
    /// The causes that were given and may be a matter of credentials, in lower case; empty where none was given.
    pub causes: String,
    /// Whether any cause was given.
    pub gives_a_cause: bool,
    /// The root causes in it, best first.
    pub findings: Vec<Finding>,
}

/// Explains what was said of a pod. That a pull fails, without a cause, has every cause, and is not explained; nor is
/// what has a reason of its own.
pub fn of(pod: &PodSeen, explain: &dyn Fn(&str, &str) -> Vec<Finding>) -> Said {
    let is_open =
        |message: &&PodMessage| message.cause.as_deref().is_some_and(|cause| reason::plain(cause).is_none());
    let told: Vec<&PodMessage> = pod.messages.iter().filter(is_open).collect();
    // A line each, so that a line of a finding is one of them.
    let lines: Vec<String> = told.iter().map(|message| message.text.replace(['\n', '\r'], " ")).collect();
    let heard = |lines: &[String]| match lines {
        [] => Vec::new(),
        lines => explain(&pod.pod.object, &format!("{}\n{}\n", beginning(pod), lines.join("\n"))),
    };
    let mut findings = heard(&lines);
    let is_guess = |finding: &Finding| finding.confidence == Confidence::Possible;
    if findings.iter().all(is_guess)
        && heard(&lines.iter().map(|line| without_pull(line)).collect::<Vec<_>>()).is_empty()
    {
        // That a pull failed is all that is understood of it.
        findings.clear();
    }
    for evidence in findings.iter_mut().flat_map(|finding| &mut finding.evidence) {
        let at = evidence.line.and_then(|line| told.get(line.checked_sub(2)?));
        match at {
            Some(PodMessage { place, .. }) => {
                evidence.source.clone_from(&place.file);
                (evidence.line, evidence.column) = (Some(place.line), Some(place.column));
            }
            None => (evidence.line, evidence.column) = (None, None),
        }
    }
    let all: Vec<&str> = pod.messages.iter().map(|message| message.text.as_str()).collect();
    Said {
        text: all.join("\n").to_ascii_lowercase(),
        causes: lines.join("\n").to_ascii_lowercase(),
        gives_a_cause: pod.messages.iter().any(|message| message.cause.is_some()),
        findings,
    }
}

/// A line without the words that say only that a pull failed.
fn without_pull(line: &str) -> String {
    line.replace("Failed to pull image", "image")
        .replace("failed to pull and unpack image", "image")
        .replace("failed to pull", "")
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
