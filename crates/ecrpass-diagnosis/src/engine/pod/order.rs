//! What the kubelet tries for an image, in that order, and which of it was used.

use ecrpass_clients::client::{kubelet_key, kubelet_matches};
use ecrpass_core::time::{EpochSeconds, duration};
use serde::Serialize;

use super::provider;
use crate::inputs::{Container, LoginTrouble, PodSeen, PullSecret, SecretContents, SecretLogin};

/// One thing that the kubelet tries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PullStep {
    /// What it is.
    pub source: String,
    /// What it has.
    pub state: StepState,
    /// The same in words.
    pub detail: String,
    /// Why ECR does not take the login.
    #[serde(skip)]
    pub trouble: Option<LoginTrouble>,
}

impl PullStep {
    fn new(source: String, state: StepState, detail: String) -> Self {
        Self { source, state, detail, trouble: None }
    }

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

/// What the kubelet tries. `said` is what was said of the pod, in lower case.
pub fn steps(pod: &PodSeen, container: &Container, now: EpochSeconds, said: &str) -> Vec<PullStep> {
    let image = match &container.image.repository {
        Some(repository) => format!("{}/{repository}", container.image.host),
        None => container.image.host.clone(),
    };
    let mut steps = of_secrets(pod, &image, container.image.registry.is_some(), now);
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
        steps.push(PullStep::new(source.to_owned(), state, detail));
    };
    add(
        "the node's docker configuration",
        StepState::Unknown,
        "/var/lib/kubelet/config.json and others, if somebody put one there".to_owned(),
    );
    let (source, detail) = provider::words(pod, container, said);
    add(source, StepState::Unknown, detail);
    add(
        "nobody",
        StepState::Unknown,
        "a pull without credentials, only where nothing above has any for this image".to_owned(),
    );
    steps
}

/// The pull secrets, as the kubelet comes to them: it sorts the keys of all of them, longer ones first. Those without a
/// login for the image stand behind. Source: `keyring.go#BasicDockerKeyring.Add`.
fn of_secrets(pod: &PodSeen, image: &str, on_ecr: bool, now: EpochSeconds) -> Vec<PullStep> {
    let (mut logins, mut others) = (Vec::new(), Vec::new());
    for name in &pod.pod.pull_secrets {
        let source = format!("pull secret `{name}`");
        let Some(secret) = pod.pod.secrets.iter().find(|secret| secret.name == *name) else {
            let (state, detail) = unknown(pod, name);
            others.push(PullStep::new(source, state, detail));
            continue;
        };
        match contents(secret, image) {
            Ok(fitting) => {
                let key = |login: &SecretLogin| kubelet_key(&login.key).unwrap_or_default();
                logins.extend(fitting.into_iter().map(|login| (key(login), source.clone(), login)));
            }
            Err((state, detail)) => others.push(PullStep::new(source, state, detail)),
        }
    }
    logins.sort_by(|(key, ..), (other, ..)| other.cmp(key));
    let several = logins.len() > 1;
    let mut steps: Vec<PullStep> = logins
        .into_iter()
        .map(|(key, source, login)| {
            let trouble = login.trouble.filter(|_| on_ecr);
            let (state, mut detail) = of_login(login, trouble, now);
            if several {
                detail = format!("{detail} (key `{key}`)");
            }
            PullStep { trouble, ..PullStep::new(source, state, detail) }
        })
        .collect();
    steps.extend(others);
    steps
}

/// What is known of a secret that was not given.
fn unknown(pod: &PodSeen, name: &str) -> (StepState, String) {
    if !pod.lacks(name) {
        return (StepState::Unknown, "it is not in what was given".to_owned());
    }
    let elsewhere = pod.elsewhere.iter().find(|(other, _)| other == name);
    let detail = match elsewhere {
        Some((_, others)) => format!(
            "it is not in the pod's namespace, but in {}: the kubelet looks nowhere else",
            others.join(", ")
        ),
        None => "there is no such secret in the pod's namespace".to_owned(),
    };
    (StepState::Missing, detail)
}

/// The logins of a secret that the kubelet tries for an image, or why there are none.
pub fn contents<'a>(
    secret: &'a PullSecret,
    image: &str,
) -> Result<Vec<&'a SecretLogin>, (StepState, String)> {
    let logins = match &secret.contents {
        SecretContents::Unreadable(why) => {
            return Err((StepState::Unreadable, format!("the kubelet cannot read it: {why}")));
        }
        SecretContents::PassedOver(why) => {
            return Err((StepState::Nothing, format!("it is passed over: {why}")));
        }
        SecretContents::Logins(logins) => logins,
    };
    let fitting: Vec<&SecretLogin> =
        logins.iter().filter(|login| kubelet_matches(&login.key, image)).collect();
    if fitting.is_empty() {
        let others: Vec<&str> = logins.iter().map(|login| login.key.as_str()).take(3).collect();
        let others = match others.as_slice() {
            [] => "no registry".to_owned(),
            others => others.join(", "),
        };
        return Err((StepState::Nothing, format!("it has a login for {others}, none for this image")));
    }
    Ok(fitting)
}

fn of_login(login: &SecretLogin, trouble: Option<LoginTrouble>, now: EpochSeconds) -> (StepState, String) {
    let refused = match trouble {
        Some(LoginTrouble::AccessKey) => Some("its user is an access key, and ECR knows only `AWS`"),
        Some(LoginTrouble::OtherUser) => Some("its user is another than `AWS`, which is the only one of ECR"),
        Some(LoginTrouble::Altered | LoginTrouble::Undecodable) => {
            Some("its password has a space or a line break in it, and those of ECR have none")
        }
        None => None,
    };
    if let Some(refused) = refused {
        return (StepState::Login, refused.to_owned());
    }
    match login.expires_at {
        Some(at) if at <= now => {
            (StepState::Expired, format!("its login expired {} ago", duration(now - at)))
        }
        Some(at) => (StepState::Login, format!("{GOOD_FOR} {}", duration(at - now))),
        None => (StepState::Login, "it has a login that does not say when it ends".to_owned()),
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
    PullStep::new("pull secrets".to_owned(), state, detail)
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
        Some(step) if step.trouble.is_some() => {
            format!("{} first, which ECR refuses; then the steps below it", step.source)
        }
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
