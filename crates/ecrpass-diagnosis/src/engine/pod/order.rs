//! What the kubelet tries for an image, in that order, and which of it was used.

use ecrpass_clients::client::kubelet_matches;
use ecrpass_core::time::{EpochSeconds, duration};
use serde::Serialize;

use crate::inputs::{Container, PodSeen, PullSecret, SecretContents};

/// One thing that the kubelet tries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PullStep {
    /// What it is.
    pub source: String,
    /// What it has.
    pub state: StepState,
    /// The same in words.
    pub detail: String,
}

impl PullStep {
    /// The name of the pull secret that it is.
    pub fn secret(&self) -> Option<&str> {
        self.source.strip_prefix("pull secret `")?.strip_suffix('`')
    }

    /// Whether it is a pull secret with a token of ECR's that is good now.
    pub fn is_live_token(&self) -> bool {
        self.state == StepState::Login && self.secret().is_some() && self.detail.contains(GOOD_FOR)
    }
}

/// What a source has for an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// A login that may work.
    Login,
    /// A login that is over.
    Expired,
    /// Nothing.
    Nothing,
    /// Something that cannot be read: nothing else is asked.
    Unreadable,
    /// It is not there.
    Missing,
    /// It cannot be seen from here.
    Unknown,
    /// It is not asked any more.
    NotAsked,
}

/// How the detail of a login begins that ends at a known time.
const GOOD_FOR: &str = "its login is good for another";

/// What the kubelet tries.
pub fn steps(pod: &PodSeen, container: &Container, now: EpochSeconds) -> Vec<PullStep> {
    let image = match &container.image.repository {
        Some(repository) => format!("{}/{repository}", container.image.host),
        None => container.image.host.clone(),
    };
    let mut steps: Vec<PullStep> =
        pod.pod.pull_secrets.iter().map(|name| of_secret(pod, name, &image, now)).collect();
    if steps.is_empty() {
        steps.push(without_secrets(pod));
    }
    let is_stopped = steps.iter().any(|step| step.state == StepState::Unreadable);
    let mut add = |source: &str, state: StepState, detail: String| {
        let (state, detail) = if is_stopped {
            let why = "a pull secret that cannot be read ends the search";
            (StepState::NotAsked, why.to_owned())
        } else {
            (state, detail)
        };
        steps.push(PullStep { source: source.to_owned(), state, detail });
    };
    add(
        "the node's docker configuration",
        StepState::Unknown,
        "/var/lib/kubelet/config.json and others, if somebody put one there".to_owned(),
    );
    let (source, detail) = provider(pod, container);
    add(source, StepState::Unknown, detail);
    add(
        "nobody",
        StepState::Unknown,
        "a pull without credentials, only where nothing above has any for this image".to_owned(),
    );
    steps
}

fn of_secret(pod: &PodSeen, name: &str, image: &str, now: EpochSeconds) -> PullStep {
    let known = pod.pod.secrets.iter().find(|secret| secret.name == name);
    let (state, detail) = match known {
        Some(secret) => contents(secret, image, now),
        None if pod.asked => {
            let elsewhere = pod.elsewhere.iter().find(|(other, _)| other == name);
            (
                StepState::Missing,
                match elsewhere {
                    Some((_, others)) => format!(
                        "it is not in the pod's namespace, but in {}: the kubelet looks nowhere else",
                        others.join(", ")
                    ),
                    None => "there is no such secret in the pod's namespace".to_owned(),
                },
            )
        }
        None => (StepState::Unknown, "it is not in what was given".to_owned()),
    };
    PullStep { source: format!("pull secret `{name}`"), state, detail }
}

/// What a secret has for an image. Of several logins, the kubelet tries one after the other.
fn contents(secret: &PullSecret, image: &str, now: EpochSeconds) -> (StepState, String) {
    let logins = match &secret.contents {
        SecretContents::Unreadable(why) => {
            return (StepState::Unreadable, format!("the kubelet cannot read it: {why}"));
        }
        SecretContents::PassedOver(why) => return (StepState::Nothing, format!("it is passed over: {why}")),
        SecretContents::Logins(logins) => logins,
    };
    let fitting = logins.iter().filter(|login| kubelet_matches(&login.key, image));
    match fitting.max_by_key(|login| login.expires_at.unwrap_or(i64::MAX)) {
        None => {
            let others: Vec<&str> = logins.iter().map(|login| login.key.as_str()).take(3).collect();
            let others = match others.as_slice() {
                [] => "no registry".to_owned(),
                others => others.join(", "),
            };
            (StepState::Nothing, format!("it has a login for {others}, none for this image"))
        }
        Some(login) => match login.expires_at {
            Some(at) if at <= now => {
                (StepState::Expired, format!("its login expired {} ago", duration(now - at)))
            }
            Some(at) => (StepState::Login, format!("{GOOD_FOR} {}", duration(at - now))),
            None => (StepState::Login, "it has a login that does not say when it ends".to_owned()),
        },
    }
}

fn without_secrets(pod: &PodSeen) -> PullStep {
    let account = pod.pod.service_account.as_deref().unwrap_or("default");
    let (state, detail) = match &pod.account_secrets {
        Some(secrets) if secrets.is_empty() => {
            (StepState::Nothing, format!("neither the pod nor service account `{account}` names one"))
        }
        Some(_) => (
            StepState::Nothing,
            format!(
                "the pod names none: service account `{account}` was given its own after the pod was made"
            ),
        ),
        None => (StepState::Nothing, format!("the pod names none; service account `{account}` is not known")),
    };
    PullStep { source: "pull secrets".to_owned(), state, detail }
}

fn provider(pod: &PodSeen, container: &Container) -> (&'static str, String) {
    let of = "the node's credential provider";
    let registry = container.image.registry.is_some();
    let Some(node) = &pod.node else {
        let role = if registry { ", with the node's role" } else { "" };
        return (of, format!("if the kubelet has one whose matchImages matches the host{role}"));
    };
    let kubelet = node.kubelet.as_ref().map_or_else(String::new, |version| format!(" (kubelet {version})"));
    if node.is_fargate {
        return (
            "Fargate",
            format!(
                "with the pod execution role of the Fargate profile; its nodes cannot be configured{kubelet}"
            ),
        );
    }
    let detail = match (node.is_eks, node.is_ec2, registry) {
        (_, _, false) => format!("not for this host, unless its matchImages says so{kubelet}"),
        (true, _, true) => format!("ecr-credential-provider of the EKS image, with the node's role{kubelet}"),
        (false, true, true) => {
            format!(
                "with the role of the EC2 instance, if the kubelet has one: --image-credential-provider-config{kubelet}"
            )
        }
        (false, false, true) => {
            format!(
                "this node is no EC2 instance: only if the kubelet was given a provider and AWS credentials{kubelet}"
            )
        }
    };
    (of, detail)
}

/// What a registry says to a login that it does not take.
const REFUSES: [&str; 6] =
    ["401", "403", "denied", "unauthorized", "authorization token", "authorization failed"];

/// What was used.
pub fn used(steps: &[PullStep], pod: &PodSeen, container: &Container, said: &str, fails: bool) -> String {
    let is_refused = fails && REFUSES.iter().any(|words| said.contains(words));
    if let Some(step) = steps.iter().find(|step| step.state == StepState::Unreadable) {
        return if fails {
            format!("nothing: {} cannot be read, so the kubelet asked nobody else", step.source)
        } else {
            format!("nothing that can be seen from here; {} cannot be read now", step.source)
        };
    }
    let about = said.contains(&container.image.host.to_ascii_lowercase());
    if container.waits.as_deref() == Some("ErrImageNeverPull") {
        return "nothing: imagePullPolicy Never, and the image is not on the node, or not for this pod"
            .to_owned();
    }
    if fails && about && said.contains("no basic auth credentials") {
        return "nothing: the registry was asked without credentials, so no step above had any".to_owned();
    }
    let login = steps.iter().find(|step| matches!(step.state, StepState::Login | StepState::Expired));
    match login {
        Some(step) if step.state == StepState::Login => format!("{}, as the first that fits", step.source),
        Some(step) if is_refused => {
            format!("{} first, which was refused; then the steps below it", step.source)
        }
        Some(step) if container.pulled => {
            format!("{} while its login was good, or a step below it: the image was pulled", step.source)
        }
        Some(step) if pod.is_template => {
            format!(
                "nothing yet; {} comes first, with a login that is over, then the steps below it",
                step.source
            )
        }
        Some(step) => format!("{} first, whose login is over; then the steps below it", step.source),
        None if container.pulled => {
            "one of the steps that cannot be seen from here: the image was pulled".to_owned()
        }
        None => "one of the steps that cannot be seen from here, or nothing".to_owned(),
    }
}
