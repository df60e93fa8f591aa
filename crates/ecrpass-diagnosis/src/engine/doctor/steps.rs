//! The path of a pull, step by step: what was proven to work, and what could not be seen.

use ecrpass_clients::client::Supplier;
use ecrpass_core::time::duration;
use serde::Serialize;

use crate::check::{Case, Stage};
use crate::facts::{Destination, NetworkPath, RegistryResponse, Seen, Word};

/// What was seen of one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proven {
    /// The registry or image.
    pub subject: String,
    /// The file it stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Who really pulls there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub puller: Option<String>,
    /// The steps, in their order.
    pub steps: Vec<PathStep>,
}

/// A step on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PathStep {
    /// Where on the way.
    pub stage: Stage,
    /// Whether it works; `None` where that could not be seen.
    pub works: Option<bool>,
    /// What was seen.
    pub detail: String,
}

/// The way, as far as it was seen.
pub fn steps(case: &Case<'_>) -> Proven {
    let subject = case.subject;
    let steps = [
        client(case),
        credentials(case),
        clock(case),
        network_path(case, Destination::Api, Stage::Api),
        token(case),
        login(case),
        network_path(case, Destination::Registry, Stage::Registry),
        authentication(case),
        image(case),
        layers(case),
    ];
    Proven {
        subject: subject.name.clone(),
        place: subject.place.as_ref().map(ToString::to_string),
        puller: subject.puller.as_ref().map(|puller| puller.sentence.clone()),
        steps: steps.into_iter().flatten().collect(),
    }
}

fn step(stage: Stage, works: Option<bool>, detail: impl Into<String>) -> Option<PathStep> {
    Some(PathStep { stage, works, detail: detail.into() })
}

fn client(case: &Case<'_>) -> Option<PathStep> {
    if case.is_elsewhere() {
        return None;
    }
    if !case.uses_daemon() {
        let version = case.bundle.question.client_version.as_deref().unwrap_or("");
        return step(Stage::Client, Some(true), format!("{} {version}", case.bundle.question.client).trim());
    }
    match &case.bundle.machine.daemon {
        Seen::Unknown(why) => step(Stage::Client, None, format!("docker daemon: {why}")),
        Seen::Known(daemon) => match &daemon.unreachable {
            Some(why) => step(Stage::Client, Some(false), format!("docker daemon: {why}")),
            None => {
                let proxy = daemon.https_proxy.as_deref().filter(|proxy| !proxy.is_empty());
                let proxy = proxy.map(|proxy| format!(", through {proxy}")).unwrap_or_default();
                let version = daemon.version.as_deref().unwrap_or("of unknown version");
                let platform = daemon.platform.as_deref().unwrap_or("unknown platform");
                step(Stage::Client, Some(true), format!("docker daemon {version}, {platform}{proxy}"))
            }
        },
    }
}

fn credentials(case: &Case<'_>) -> Option<PathStep> {
    let stopped =
        case.refusal().filter(|_| case.subject.token.known().is_some_and(|call| call.exchanges.is_empty()));
    if let Some(stops) = stopped {
        return step(Stage::Credentials, Some(false), &stops.what);
    }
    let issued = case.subject.token.known().is_some_and(|call| call.answer.is_some());
    let source = case.subject.uses.as_deref().unwrap_or("none");
    match &case.subject.identity {
        Seen::Known(call) => match (&call.answer, &call.refused) {
            (Some(identity), _) => {
                step(Stage::Credentials, Some(true), format!("{} (from {source})", identity.arn))
            }
            // STS may be out of reach where ECR is not.
            (None, Some(refused)) if issued => {
                step(Stage::Credentials, None, format!("{source}; {}", refused.what))
            }
            (None, Some(refused)) => step(Stage::Credentials, Some(false), &refused.what),
            (None, None) => step(Stage::Credentials, None, format!("{source}; AWS gave no answer")),
        },
        Seen::Unknown(why) => step(Stage::Credentials, None, format!("{source}; {why}")),
    }
}

fn clock(case: &Case<'_>) -> Option<PathStep> {
    match &case.bundle.aws.clock {
        Seen::Known(clock) if clock.ahead.saturating_abs() < 60 => step(Stage::Clock, Some(true), "as AWS's"),
        Seen::Known(clock) => {
            let which = if clock.ahead > 0 { "ahead of" } else { "behind" };
            let far = duration(clock.ahead);
            // A token shows that the SDK corrected for it.
            let issued = case.subject.token.known().is_some_and(|call| call.answer.is_some());
            step(
                Stage::Clock,
                Some(issued || clock.ahead.saturating_abs() < 300),
                format!("{far} {which} AWS's"),
            )
        }
        Seen::Unknown(why) => step(Stage::Clock, None, why),
    }
}

fn network_path(case: &Case<'_>, destination: Destination, stage: Stage) -> Option<PathStep> {
    let network = case.network_path(destination)?;
    step(stage, Some(network.failure.is_none()), describe(network))
}

/// A way in a line: `host at 10.0.1.2 (private: a VPC endpoint), 3 ms`.
fn describe(network: &NetworkPath) -> String {
    let mut text = network.host.clone();
    if let Some(address) = network.addresses.first() {
        text.push_str(&format!(" at {address}"));
        if network.private {
            text.push_str(" (private, as of a VPC endpoint)");
        }
    }
    if let Some(proxy) = &network.proxy {
        text.push_str(&format!(", through the proxy {proxy}"));
    }
    match (&network.failure, network.connected_ms) {
        (Some(failure), _) => text.push_str(&format!(": {}", failure.words)),
        (None, Some(milliseconds)) => text.push_str(&format!(", connected in {milliseconds} ms")),
        (None, None) => {}
    }
    text
}

fn token(case: &Case<'_>) -> Option<PathStep> {
    match &case.subject.token {
        Seen::Known(call) => match (&call.answer, &call.refused) {
            (Some(token), _) => {
                let left = duration(token.expires_at.saturating_sub(case.bundle.collected_at));
                step(Stage::Token, Some(true), format!("issued in {} ms, good for {left}", call.took_ms))
            }
            (None, Some(refused)) => step(Stage::Token, Some(false), &refused.what),
            (None, None) => step(Stage::Token, None, "no answer"),
        },
        Seen::Unknown(why) => step(Stage::Token, None, why),
    }
}

fn login(case: &Case<'_>) -> Option<PathStep> {
    let resolved = case.subject.resolved.as_ref()?;
    if case.is_elsewhere() {
        return None;
    }
    if case.is_free() && case.is_anonymous() {
        return step(Stage::Login, Some(true), "none, and ECR Public needs none");
    }
    let works = match &case.subject.offered {
        Seen::Known(offered) if offered.username.is_none() => Some(false),
        Seen::Known(_) => Some(case.live_offer().is_some()),
        Seen::Unknown(_)
            if matches!(resolved.outcome, Word::Known(Supplier::Anonymous | Supplier::Error)) =>
        {
            Some(false)
        }
        Seen::Unknown(_) => None,
    };
    step(Stage::Login, works, &resolved.summary)
}

fn authentication(case: &Case<'_>) -> Option<PathStep> {
    let subject = case.subject;
    let answers = [("the docker daemon", &subject.daemon_login), ("GET /v2/", &subject.login)];
    let known: Vec<(&str, &RegistryResponse)> =
        answers.into_iter().filter_map(|(who, answer)| Some((who, answer.known()?))).collect();
    let Some((who, first)) = known.first() else {
        return step(Stage::Authentication, None, case.not_reached());
    };
    let worst = known.iter().find(|(_, answer)| !answer.is_success());
    match worst {
        Some((who, answer)) => step(Stage::Authentication, Some(false), format!("{who}: {}", words(answer))),
        None => step(Stage::Authentication, Some(true), format!("{who} logged in ({})", first.status)),
    }
}

fn image(case: &Case<'_>) -> Option<PathStep> {
    let subject = case.subject;
    subject.repository.as_ref()?;
    if case.bundle.question.pushes() {
        return match &subject.upload {
            Seen::Known(answer) if answer.is_success() => {
                step(Stage::Repository, Some(true), "an upload can be started")
            }
            Seen::Known(answer) => step(Stage::Repository, Some(false), words(answer)),
            Seen::Unknown(why) => step(Stage::Repository, None, why),
        };
    }
    let answers = [&subject.daemon_manifest, &subject.manifest];
    let Some(answer) = answers.into_iter().find_map(|answer| answer.known()) else {
        return step(Stage::Image, None, subject.manifest.unknown().unwrap_or("it was not requested"));
    };
    if !answer.is_success() {
        return step(Stage::Image, Some(false), words(answer));
    }
    let digest = answer.digest.as_deref().map(|digest| digest.get(..19).unwrap_or(digest));
    let platforms = if subject.platforms.is_empty() {
        String::new()
    } else {
        format!(", for {}", subject.platforms.join(", "))
    };
    let fits = subject.platforms.is_empty() || subject.platform.is_empty() || case.fits();
    let with = if subject.own_token { ", requested with ecrpass's own token" } else { "" };
    step(Stage::Image, Some(fits), format!("manifest {}{platforms}{with}", digest.unwrap_or("there")))
}

fn layers(case: &Case<'_>) -> Option<PathStep> {
    if case.bundle.question.pushes() || case.subject.repository.is_none() {
        return None;
    }
    let through = case.network_path(Destination::Layers).map(describe).unwrap_or_default();
    match &case.subject.layer {
        Seen::Known(answer) if answer.is_success() => {
            step(Stage::Layers, Some(true), format!("one byte of a layer from {through}"))
        }
        Seen::Known(answer) => step(Stage::Layers, Some(false), format!("{}; {through}", words(answer))),
        Seen::Unknown(why) => step(Stage::Layers, None, why),
    }
}

/// An answer in a few words.
fn words(answer: &RegistryResponse) -> String {
    match (answer.status, answer.message.is_empty()) {
        (0, _) => answer.message.clone(),
        (status, true) => {
            format!("{status} {}", answer.code.as_deref().unwrap_or_default()).trim().to_owned()
        }
        (status, false) => format!("{status} {}", answer.message),
    }
}
