//! What is said of the pulls of a pod's images: which states and events speak of one, and which of them still count. A
//! program's own words, its probes, its volumes and old failures do not.
//!
//! Source: Kubernetes `pkg/kubelet/images/types.go` and `image_manager.go`, `pkg/kubelet/events/event.go`.

use serde::{Deserialize, Serialize};

use super::context::Context;
use super::file_position::FilePosition;
use super::tree::Node;

/// How many messages of a pod are looked at: a pod that waits for days has the same one over and over.
const MOST: usize = 100;

/// The reasons of containers that wait for their image.
const PULL_REASONS: [&str; 7] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "ErrImageNeverPull",
    "InvalidImageName",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
];

/// The reasons of containers that wait for something which comes after the pull.
const LATER_REASONS: [&str; 5] = [
    "CrashLoopBackOff",
    "RunContainerError",
    "CreateContainerError",
    "CreateContainerConfigError",
    "PostStartHookError",
];

/// Something that is said of a pull.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodMessage {
    /// Where it stands.
    pub place: FilePosition,
    /// What is said. Secrets are hidden.
    pub text: String,
    /// The container it is about, if it is about one.
    pub container: Option<String>,
    /// The cause that it gives; none where it says only that the pull fails.
    pub cause: Option<String>,
}

/// A container, as far as it decides what counts.
pub struct Pulling<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its image, as it is written.
    pub image: &'a str,
    /// Whether it has its image.
    pub has_image: bool,
}

/// Whether a container with this reason waits for its image.
pub fn is_of_a_pull(reason: &str) -> bool {
    PULL_REASONS.contains(&reason)
}

/// Whether the state of a container shows that its image is there: it runs, has run, or waits for what comes afterwards.
pub fn has_image(state: &Node) -> bool {
    let waits = state.at(&["state", "waiting"]).and_then(|waiting| waiting.text_of("reason"));
    let has_run = |key: &str| {
        state.at(&[key, "terminated"]).is_some_and(|ended| ended.owned("startedAt").is_some())
            || state.at(&[key, "running"]).is_some()
    };
    !waits.is_some_and(is_of_a_pull)
        && (waits.is_some_and(|reason| LATER_REASONS.contains(&reason))
            || has_run("state")
            || has_run("lastState")
            || state.owned("imageID").is_some())
}

/// What the state of a container says of its pull.
pub fn of_state(context: &Context<'_>, state: &Node, container: &Pulling<'_>) -> Option<PodMessage> {
    let waiting = state.at(&["state", "waiting"])?;
    if !waiting.text_of("reason").is_none_or(is_of_a_pull) {
        return None;
    }
    let (place, text) = context.said(waiting, "reason", "message")?;
    Some(message(place, text, Some(container)))
}

/// What the events among some objects say of the pulls of one pod, oldest first; and what they say of pull secrets that
/// the kubelet did not find.
pub fn of_events(
    contexts: &[(&Context<'_>, &[&Node])],
    of: &Node,
    containers: &[Pulling<'_>],
    states: &[PodMessage],
) -> (Vec<PodMessage>, Vec<PodMessage>) {
    let mut events: Vec<Event<'_>> = Vec::new();
    for (context, objects) in contexts {
        let about = objects.iter().filter(|object| object.text_of("kind") == Some("Event"));
        events.extend(
            about.filter(|event| is_about(event, of)).filter_map(|event| Event::read(context, event)),
        );
    }
    // RFC 3339 in UTC sorts as text.
    events.sort_by_key(|event| event.at);
    let pulled: Vec<(&str, &str)> = events
        .iter()
        .filter(|event| event.reason == "Pulled")
        .filter_map(|event| Some((event.container(containers)?.name, event.at?)))
        .collect();
    let (mut failures, mut lost) = (Vec::new(), Vec::new());
    for event in events.into_iter().filter(|event| speaks_of_a_pull(event.reason, event.words)) {
        let container = event.container(containers);
        let counts = match container {
            Some(container) => {
                let is_over = |(name, at): &(&str, &str)| {
                    *name == container.name && event.at.is_some_and(|failed| failed <= *at)
                };
                !container.has_image && !pulled.iter().any(is_over)
            }
            // The sandbox is there before any container.
            None if event.reason == "FailedCreatePodSandBox" => !containers.iter().any(|one| one.has_image),
            None => containers.is_empty() || !containers.iter().all(|one| one.has_image),
        };
        let is_of_secrets = event.reason == "FailedToRetrieveImagePullSecret";
        let message = message(event.place, event.text, container);
        if is_of_secrets {
            lost.push(message.clone());
        }
        if counts && !is_outdated(&message, states) {
            failures.push(message);
        }
    }
    let old = failures.len().saturating_sub(MOST);
    failures.drain(..old);
    (failures, lost)
}

/// What is said of a pull in an event by itself, where there is no pod beside it.
pub fn of_event_alone(context: &Context<'_>, event: &Node) -> Option<(FilePosition, String)> {
    let event = Event::read(context, event)?;
    speaks_of_a_pull(event.reason, event.words).then_some((event.place, event.text))
}

/// Whether the state of the container gives another cause now.
fn is_outdated(message: &PodMessage, states: &[PodMessage]) -> bool {
    let Some(cause) = &message.cause else { return false };
    let state = states.iter().find(|state| state.container.is_some() && state.container == message.container);
    // Both may be cut.
    let differs = |now: &String| !now.starts_with(cause.as_str()) && !cause.starts_with(now.as_str());
    state.and_then(|state| state.cause.as_ref()).is_some_and(differs)
}

/// An event.
struct Event<'a> {
    at: Option<&'a str>,
    reason: &'a str,
    words: &'a str,
    /// The name in its field path.
    names: Option<&'a str>,
    place: FilePosition,
    text: String,
}

impl<'a> Event<'a> {
    fn read(context: &Context<'_>, event: &'a Node) -> Option<Self> {
        let key = if event.get("note").is_some() { "note" } else { "message" };
        let at = ["lastTimestamp", "eventTime", "deprecatedLastTimestamp"];
        let (place, text) = context.said(event, "reason", key)?;
        let about = event.get("involvedObject").or_else(|| event.get("regarding"));
        let path = about.and_then(|about| about.text_of("fieldPath"));
        Some(Self {
            at: at.into_iter().find_map(|field| event.text_of(field)),
            reason: event.text_of("reason").unwrap_or_default(),
            words: event.text_of(key).unwrap_or_default(),
            names: path.and_then(|path| path.split_once('{')?.1.strip_suffix('}')),
            place,
            text,
        })
    }

    fn container<'c, 'n>(&self, containers: &'c [Pulling<'n>]) -> Option<&'c Pulling<'n>> {
        match self.names {
            Some(name) => containers.iter().find(|one| one.name == name),
            None => containers.iter().find(|one| self.words.contains(&format!("\"{}\"", one.image))),
        }
    }
}

/// Whether an event is about an object; of two pods that had one name, of the one that is there.
fn is_about(event: &Node, of: &Node) -> bool {
    let metadata = |key: &str| of.at(&["metadata", key]).and_then(Node::text);
    let Some(about) = event.get("involvedObject").or_else(|| event.get("regarding")) else { return false };
    let may_be = |key: &str| {
        let (one, other) = (about.owned(key), metadata(key));
        one.is_none() || other.is_none() || one.as_deref() == other
    };
    about.text_of("name") == metadata("name")
        && may_be("namespace")
        && may_be("uid")
        && about.text_of("kind").is_none_or(|kind| Some(kind) == of.text_of("kind").or(Some("Pod")))
}

/// Whether an event speaks of a pull that fails.
fn speaks_of_a_pull(reason: &str, words: &str) -> bool {
    match reason {
        // What comes after the pull is an error of the same reason.
        "Failed" => words.strip_prefix("Error: ").is_none_or(|why| is_of_a_pull(first_word(why))),
        "" | "BackOff" => words.contains("pulling image") || words.contains("pull image"),
        "FailedCreatePodSandBox" => words.contains("image"),
        "FailedSync" => PULL_REASONS.iter().any(|reason| words.contains(reason)),
        "InspectFailed" | "FailedToRetrieveImagePullSecret" => true,
        _ => {
            is_of_a_pull(reason)
                || reason.starts_with("CredentialProvider")
                || words.contains("credential provider plugin")
                || words.contains("external registry credential provider")
        }
    }
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default()
}

fn message(place: FilePosition, text: String, container: Option<&Pulling<'_>>) -> PodMessage {
    let cause = cause(&text).map(str::to_owned);
    let text = match (&cause, container) {
        // Since 1.32 the back-off repeats the cause; an event has it too, and the same words.
        (Some(cause), Some(container)) if is_wrapped(&text) => {
            format!("Failed to pull image \"{}\": {cause}", container.image)
        }
        _ => text,
    };
    PodMessage { place, text, container: container.map(|container| container.name.to_owned()), cause }
}

/// What a message is wrapped in that says no more than that a pull fails.
fn is_wrapped(text: &str) -> bool {
    ["ImagePullBackOff: ", "ErrImagePull: ", "Failed: Failed to pull image"]
        .iter()
        .any(|wrap| text.starts_with(wrap))
}

/// The cause in a message, without what it is wrapped in.
fn cause(text: &str) -> Option<&str> {
    let mut rest = text.trim();
    loop {
        let before = rest;
        for wrap in ["Failed: ", "BackOff: ", "Error: ", "ErrImagePull", "ImagePullBackOff", ": "] {
            rest = rest.strip_prefix(wrap).unwrap_or(rest);
        }
        for wrap in ["Back-off pulling image \"", "Failed to pull image \""] {
            let named = rest.strip_prefix(wrap).and_then(|rest| rest.split_once('"'));
            rest = named.map_or(rest, |(_, rest)| rest);
            let bare = wrap.trim_end_matches([' ', '"']);
            rest = if rest == bare { "" } else { rest };
        }
        if rest == before {
            return Some(rest.trim()).filter(|rest| !rest.is_empty());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_taken_out_of_what_it_is_wrapped_in() {
        for (text, expected) in [
            ("ImagePullBackOff: Back-off pulling image \"h/a:1\"", None),
            ("Failed: Error: ErrImagePull", None),
            ("ErrImagePull: rpc error: x", Some("rpc error: x")),
            ("ImagePullBackOff: Back-off pulling image \"h/a:1\": ErrImagePull: x: y", Some("x: y")),
            ("Failed: Failed to pull image \"h/a:1\": no basic auth", Some("no basic auth")),
            (
                "ErrImageNeverPull: Container image \"a\" is not present",
                Some("ErrImageNeverPull: Container image \"a\" is not present"),
            ),
            (
                "ImagePullBackOff: Back-off pulling image \"a\": SignatureValidationFailed: b",
                Some("SignatureValidationFailed: b"),
            ),
            ("ImagePullBackOff: Back-off pulling image", None),
            ("", None),
        ] {
            assert_eq!(cause(text), expected, "{text}");
        }
    }

    #[test]
    fn only_what_is_about_a_pull_speaks_of_one() {
        for (reason, words, expected) in [
            ("Failed", "Failed to pull image \"a\": x", true),
            ("Failed", "Error: ErrImagePull", true),
            ("Failed", "Error: context deadline exceeded", false),
            ("Failed", "Error: secret \"db\" not found", false),
            ("BackOff", "Back-off restarting failed container", false),
            ("BackOff", "Back-off pulling image \"a\"", true),
            ("FailedCreatePodSandBox", "Failed to create pod sandbox: context deadline exceeded", false),
            ("FailedCreatePodSandBox", "failed to get sandbox image \"a\": 401 Unauthorized", true),
            ("Unhealthy", "Liveness probe failed: x509: certificate signed by unknown authority", false),
            ("FailedMount", "MountVolume.SetUp failed: failed to retrieve credentials", false),
            ("PolicyViolation", "image registry must be h; access denied", false),
            ("CredentialProvider", "failed to get service account token", true),
            ("ErrImageNeverPull", "Container image \"a\" is not present", true),
            ("Pulled", "Successfully pulled image \"a\"", false),
        ] {
            assert_eq!(speaks_of_a_pull(reason, words), expected, "{reason}: {words}");
        }
    }
}
